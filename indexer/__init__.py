"""The write side, a program: `python -m indexer`. Files in, an index that the engine searches out."""
