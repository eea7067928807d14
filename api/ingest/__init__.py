"""Articles that come by HTTP: single ones and files of them, indexed by the engine's own pipeline."""
