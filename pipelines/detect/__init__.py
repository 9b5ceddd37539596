"""From records and their history to findings."""
