"""Tests of what detectors can work with on each site."""
