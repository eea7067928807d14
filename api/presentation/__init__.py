"""How chat clients see an answer: titles of links, Markdown and refusals, for OpenAI's protocol and MCP."""
