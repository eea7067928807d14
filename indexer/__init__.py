"""The command line of the write side, `python -m indexer`: it reads files and writes the index."""
