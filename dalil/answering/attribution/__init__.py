"""Checks the sentences of an answer against their quotes, and the quotes against the articles.

The checks are deterministic: no language model judges another.
"""
