"""Tests of the state of sites."""
