"""OpenAI's protocol: chat completions and models, and its shape of errors."""
