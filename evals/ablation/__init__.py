"""The ablation: variants of the engine and OpenSearch's hybrid search, measured side by side."""
