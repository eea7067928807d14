"""From ranked passages to an answer every sentence of which is proved by a quote, or to a refusal."""
