r"""A decoded text as the languages inside it would read it, one view below the other.

ASP drops stray per cent signs, SQL drops comments, a shell drops quotes and fills in $IFS, scripts
join strings, browsers drop control characters, Log4j looks names up. Each view that differs from
the decoded text stands on a line of its own, so that one pass of a multi-line pattern sees them
all: `^` and `$` are the ends of a view, and negated classes should name the line break. Those of
the text become `\r`.
"""

import re

BORDER = "\n\x01\n"

_STRAY_PERCENT = re.compile(r"%(?=[a-z'\"(<])")
_JOINING_PLUS = re.compile(r"\+(?=[|&;])|(?<=[|&;])\+|^\+")
_RUN_COMMENT = re.compile(r"/\*!\d{0,6}")
_COMMENT_MARK = re.compile(r"--|#")
_LOOKUP = re.compile(r"\$\{([^${}]*)\}")
# The alternatives of these three begin with a plain sign each, and look behind only then: so `re`
# skips to the next such sign, which is five times as fast.
_SHELL_SPACE = re.compile(r"\$\{?ifs\}?(?:\$9)?|\{(?=[a-z/]+,)|,(?<=[a-z],)(?=[-/a-z]+\})|<(?=/)")
_SHELL_QUOTE = re.compile(
    r"(?:'(?<=[a-z/].)'?|\"(?<=[a-z/].)\"?|\\(?<=[a-z/].)|\^(?<=[a-z/].)"
    r"|\$(?<=[a-z/].)(?:[@*\d]|\(\))|`(?<=[a-z/].)`)(?=[a-z/])"
)
# Variables of a letter between letters and slashes, which hardly any shell has set.
_UNSET = re.compile(r"\$(?<=[a-z/ ].)(?:[a-z]|\{[a-z]\})(?=[/\s]|$)")
_JOINED = re.compile(r"'\s*(?:(?:\.|\|\|)\s*'|\+\s*['\"])|\"\s*(?:(?:\.|\|\|)\s*\"|\+\s*['\"])")
_CONTROL = re.compile(r"[\x00-\x1f\u00ad\u200b-\u200f\ufeff]+")
_LOOKUP_ROUNDS = 12


def views(text: str) -> str:
    """Return the text, one line, and below it what else it can be read as, between BORDERs."""
    text = text.replace("\r\n", "\r").replace("\n", "\r")
    found = [text]
    for read in (_as_form, _as_asp, _as_sql, _as_shell, _as_joined, _as_browser, _as_log4j):
        view = read(text)
        if view not in found:
            found.append(view)
    return BORDER.join(found)


def _as_form(text: str) -> str:
    """With the `+` of a form that was encoded a second time, or about the signs of a shell."""
    if "+" not in text:
        return text
    if " " not in text:
        return text.replace("+", " ")
    return _JOINING_PLUS.sub(" ", text)


def _as_asp(text: str) -> str:
    """Without per cent signs that begin no escape: `sel%ect` is select to ASP."""
    return _STRAY_PERCENT.sub("", text) if "%" in text else text


def _as_sql(text: str) -> str:
    """Without comments, but with what MySQL runs inside /*! ... */."""
    if "/*" in text:
        if "/*!" in text:
            text = _RUN_COMMENT.sub(" ", text)
        first, *rest = text.split("/*")
        # Behind an end of a comment that has no beginning, as behind any other, the text goes on.
        text = " ".join((first, *(part.partition("*/")[2] for part in rest)))
        text = text.replace("*/", " ")
    if "\r" in text:
        *lines, last = text.split("\r")
        text = " ".join((*(_COMMENT_MARK.split(line, maxsplit=1)[0] for line in lines), last))
    return text


def _as_shell(text: str) -> str:
    if "$" in text or "{" in text or "<" in text:
        text = _SHELL_SPACE.sub(" ", _UNSET.sub("", text))
    return _SHELL_QUOTE.sub("", text)


def _as_joined(text: str) -> str:
    return _JOINED.sub("", text) if "'" in text or '"' in text else text


def _as_browser(text: str) -> str:
    return text if text.isprintable() else _CONTROL.sub("", text)


def _as_log4j(text: str) -> str:
    """With nested look-ups filled in: ${lower:j} is j, and so is ${::-j}."""
    for _ in range(_LOOKUP_ROUNDS if "${" in text else 0):
        inner = _LOOKUP.sub(_looked_up, text)
        if inner == text:
            break
        text = inner
    return text


def _looked_up(match: re.Match[str]) -> str:
    name, mark, default = match[1].partition(":-")
    if mark:
        return default
    kind, _, argument = name.partition(":")
    return argument if kind in {"lower", "upper"} else match[0]
