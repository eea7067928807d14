"""Questions, articles and claims to measure with, and the readers of their files."""
