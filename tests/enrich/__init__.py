"""Tests of what is added to an address."""
