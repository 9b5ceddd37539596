"""Sigma rules over the lake: read, bound to its columns, matched in one pass over a day."""
