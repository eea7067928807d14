"""The Model Context Protocol: at /mcp of the service, and over standard input and output by `python -m api.mcp`."""
