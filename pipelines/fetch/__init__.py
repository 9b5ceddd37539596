"""Fetching: log files come from where they lie into the landing folder, whole or not at all."""
