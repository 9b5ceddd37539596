"""Tests of the way from a log file into the lake."""
