"""Arabic text: spelling folded for matching, terms, the language of a question, names, lines and sentences."""
