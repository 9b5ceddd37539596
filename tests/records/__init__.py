"""Tests of the chained records."""
