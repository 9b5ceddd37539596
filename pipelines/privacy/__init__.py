"""Personal data in the logs: what is masked before anything is written."""
