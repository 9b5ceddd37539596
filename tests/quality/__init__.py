"""Tests of the data-quality suites."""
