"""Patterns of log files in the settings: globs with `{placeholders}` that name parts of a path."""

import re

PLACEHOLDER = re.compile(r"\{([a-z_][a-z0-9_]*)\}")
# What may stand for a placeholder, since site ids and domains are made of it.
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


def glob_regex(glob: str) -> re.Pattern[str]:
    """Return a glob as a pattern whose placeholders are named groups.

    The same name twice must match the same text.

    Raises:
        ValueError: the glob is empty, a bracket is wrong, or `**` is no path component of its own.
    """
    if not glob or any("**" in part and part != "**" for part in glob.split("/")):
        raise ValueError(
            "ファイルのパターンとして読めません / "
            f"{glob!r} is no pattern of files; '**' stands for whole folders only"
        )
    parts: list[str] = []
    seen: set[str] = set()
    for part in re.findall(r"\{[a-z_][a-z0-9_]*\}|\*\*/?|\[[^\]]+\]|.", glob, re.DOTALL):
        name = PLACEHOLDER.fullmatch(part)
        if name and name[1] in seen:
            parts.append(f"(?P={name[1]})")
        elif name:
            seen.add(name[1])
            parts.append(f"(?P<{name[1]}>{NAME.pattern}?)")
        elif part.startswith("**"):
            parts.append(r"(?:.*/)?" if part.endswith("/") else ".*")
        elif part == "*":
            parts.append("[^/]*")
        elif part == "?":
            parts.append("[^/]")
        elif part.startswith("["):
            parts.append("[^" + part[2:] if part.startswith("[!") else part)
        else:
            parts.append(re.escape(part))
    try:
        return re.compile("".join(parts), re.DOTALL)
    except re.error as error:
        raise ValueError(
            f"ファイルのパターンとして読めません / {glob!r} is no pattern of files: {error}"
        ) from None
