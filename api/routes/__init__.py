"""One module for each thing that is served; a route parses, calls the engine and converts."""
