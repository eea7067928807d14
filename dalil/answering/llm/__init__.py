"""A language model as the generator: its prompt, the connection to its endpoint, and the parser of what it writes."""
