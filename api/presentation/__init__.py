"""How chat clients see an answer: titles of links and Markdown, for OpenAI's protocol and MCP."""
