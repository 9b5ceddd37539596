"""`mimamori incident N evidence` and `mimamori evidence verify`."""
