"""The interactive side of `mimamori sql`: input, completion, commands that begin with a dot."""
