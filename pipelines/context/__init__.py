"""Reasons on record, from files and tables that people keep: read, checked, in tables."""
