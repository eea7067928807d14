"""The systems under test: a temporary index over the articles of a set, and the search over it."""
