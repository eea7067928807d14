"""Bounds of a question that the engine, the service and the client share."""

MAX_QUERY_CHARACTERS = 1_000
"""The longest question that is searched, in code points."""

MAX_CITATIONS = 10
"""The most citations that one answer can have."""

MAX_TIMELINE_ARTICLES = 100
"""The most articles of one timeline."""
