"""From a question to ranked passages: analysis, two searches, fusion of their signals, reranking by tokens."""
