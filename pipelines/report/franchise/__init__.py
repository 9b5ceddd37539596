"""Reports of the franchise shops: a page for each with its own data only, and their ranking."""
