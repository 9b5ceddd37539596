"""Letting go: what is past its time is pseudonymised and deleted, but for what a hold covers."""
