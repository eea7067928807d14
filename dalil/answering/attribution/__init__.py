"""Whether an answer's sentences say what their quotes say, and whether the quotes are in the articles.

All of it is deterministic: no language model judges another.
"""
