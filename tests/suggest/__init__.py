"""Tests of settings that are proposed from sample logs."""
