"""Tests of the simulated logs."""
