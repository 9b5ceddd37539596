"""`mimamori backup` and `restore`."""
