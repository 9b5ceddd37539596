"""Tests of what roles may read."""
