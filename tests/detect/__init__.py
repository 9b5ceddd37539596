"""Tests of the detectors and of what their findings become."""
