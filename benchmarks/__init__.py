"""Dalil beside what people would take instead: indexing pace, search times, memory and disk, in one run."""
