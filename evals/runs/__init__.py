"""A run: its record, how it is made, its means and its comparison with an earlier one."""
