"""Log formats: what a line of text looks like, and which raw fields stand in it.

`names.format_of` compiles a name, a format string of a server or a key mapping to a `Format`;
`follow.FormatFollower` tells which format is in force in each part of a file. Nothing is imported
here, since settings need `check` alone.
"""
