"""Dalil as other frameworks ask it: one module for each, and the framework's only door."""
