"""Tests of `make soak`."""
