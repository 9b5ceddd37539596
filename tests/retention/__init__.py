"""Tests of what is let go."""
