"""Findings and records for other systems: spreadsheets, SIEMs, threat sharing, log analysers."""
