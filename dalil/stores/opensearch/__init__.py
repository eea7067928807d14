"""The OpenSearch store: the layout of its index (`schema`), its requests (`queries`) and the store (`store`)."""
