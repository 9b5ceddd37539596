"""Tests of Sigma rules."""
