"""Tests of the views and the saved queries."""
