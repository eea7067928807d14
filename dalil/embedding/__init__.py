"""Embedding: the interface (`base`), the runtimes that implement it, and what is computed from token vectors."""
