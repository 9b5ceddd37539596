"""Tests of questions to managers about cases."""
