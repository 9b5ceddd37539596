"""Tests of what a query may read."""
