"""The breach worksheet: what the logs show of an incident, and what a person must find out."""
