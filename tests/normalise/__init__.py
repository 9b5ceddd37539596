"""Tests of the normalised fields."""
