"""The write side: it reads files into articles, cuts articles into passages and writes passages to a store."""
