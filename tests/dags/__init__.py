"""Tests of the DAGs and of what starts them."""
