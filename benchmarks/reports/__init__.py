"""What people read: a table for a terminal and a page of HTML."""
