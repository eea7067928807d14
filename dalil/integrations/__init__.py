"""Adapters for other frameworks: one module for each, the only one that imports the framework."""
