"""Log formats: what a line of text looks like, and which raw fields stand in it.

`format_of` compiles a name, a format string of a server or a key mapping to a `Format`;
`FormatFollower` tells which format is in force in each part of a file.
"""

from pipelines.ingest.formats.follow import FormatFollower
from pipelines.ingest.formats.format import Format
from pipelines.ingest.formats.names import AUTO, check_format, format_of

__all__ = ["AUTO", "Format", "FormatFollower", "check_format", "format_of"]
