"""Log formats: what a line of text looks like, and which raw fields stand in it.

`names.format_of` compiles a name, a format string of a server or a key mapping to a `Format`.
Nothing is imported here, since settings need `check` alone.
"""
