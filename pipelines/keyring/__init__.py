"""The keys of a working folder, for whoever looks after them: listed, changed, encrypted."""
