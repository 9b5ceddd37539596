"""Tests of `make evaluate`."""
