"""A night: its stages, the days that they work on, and the record of each run."""
