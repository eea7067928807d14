"""What people and programs read: tables for a terminal, pages of HTML and JSON."""
