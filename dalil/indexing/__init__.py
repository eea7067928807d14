"""The write side: files to articles, articles to passages, passages into a store."""
