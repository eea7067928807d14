"""The measures of a ranking, of answers and of the verifier, and their statistics."""
