"""The formats of files: one module each, with a `Loader`."""
