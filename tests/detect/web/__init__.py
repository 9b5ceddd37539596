"""Tests of the recognition of web attacks."""
