"""The systems under comparison, each over an index of its own."""
