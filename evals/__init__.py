"""Measures the engine in process: `python -m evals`."""
