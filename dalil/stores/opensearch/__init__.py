"""The OpenSearch store: its index (`schema`), what the index is asked (`queries`), and the talking (`store`)."""
