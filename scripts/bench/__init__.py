"""`make bench`: how fast the ingest is, side by side with others, on lines that are made here."""
