"""Settings proposed from sample logs; for reading, never in force by themselves."""
