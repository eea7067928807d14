"""Dalil (دليل, "evidence"): search over Arabic news whose every quote can be checked to the character."""

__version__ = "0.1.0"
