"""From log files to records: discover, read, split, normalise, refer, write."""
