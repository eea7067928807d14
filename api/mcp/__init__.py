"""The read side over the Model Context Protocol: at /mcp of the API, and over stdio by `python -m api.mcp`."""
