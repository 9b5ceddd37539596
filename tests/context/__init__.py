"""Tests of reasons on record."""
