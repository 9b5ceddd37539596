"""Tests of the worksheets of incidents."""
