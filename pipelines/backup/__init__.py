"""Copies of a working folder that a machine can be set up from again (docs/backup.md)."""
