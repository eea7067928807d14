"""Texts to unit vectors: one seam (`base`), and every runtime behind it."""
