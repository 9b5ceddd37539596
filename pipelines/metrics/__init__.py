"""Figures for a monitor (docs/metrics.md)."""
