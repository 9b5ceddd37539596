"""Tests of the messages that the night sends."""
