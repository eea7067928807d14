"""What a run is worth, for people: tables, pages and explanations."""
