"""What `make soak` runs: nights with faults of every kind from a seed, and two years of nights."""
