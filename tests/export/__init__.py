"""Tests of the exported records."""
