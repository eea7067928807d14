"""Where passages live: one seam (`base`), and every store behind it."""
