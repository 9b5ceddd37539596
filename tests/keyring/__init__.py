"""The keys: changed, encrypted, missed when they are not there, and told to nobody."""
