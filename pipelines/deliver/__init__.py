"""Sends the result of a night: to whom, in what form, and each only once."""
