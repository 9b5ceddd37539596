"""Tests of the monthly audit."""
