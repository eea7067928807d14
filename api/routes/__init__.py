"""The service's own JSON, one module for each resource; a route parses, calls the engine and converts."""
