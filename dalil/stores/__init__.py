"""Stores of passages: one seam (`base`) and its implementations."""
