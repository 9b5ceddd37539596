"""Tests of the lake: how it is made, opened, locked and kept small."""
