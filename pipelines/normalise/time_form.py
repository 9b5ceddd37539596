"""How a time is written: every form becomes one regular expression with named parts.

The expressions run on Rust's engine, in time proportional to the text whatever it holds.
"""

import re
from functools import cache, lru_cache
from zoneinfo import available_timezones

from pipelines.text.messages import message

_YEAR = "(?P<year>[0-9]{4})"
_MONTH = "(?P<month>[0-9]{2})"
_DAY = "(?P<day>[0-9]{2})"
_HOUR = "(?P<hour>[01][0-9]|2[0-3])"
_MINUTE = "(?P<minute>[0-5][0-9])"
_SECOND = "(?P<second>[0-5][0-9]|60)"
_FRACTION = "(?P<fraction>[0-9]{1,9})"
_OFFSET = "(?P<offset>[+-](?:0[0-9]|1[0-4]):?[0-5][0-9])"
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July",
    "August", "September", "October", "November", "December",
)  # fmt: skip
MONTH_NUMBERS = {
    spelled: number
    for number, month in enumerate(_MONTHS, 1)
    for name in (month, month[:3])
    for spelled in (name, name.lower(), name.upper())
}
_SHORT_MONTH = "|".join(month[:3] for month in _MONTHS)
_ANY_MONTH = "|".join(sorted(MONTH_NUMBERS, key=len, reverse=True))
_DAYS = "(?:Mon|Tues?|Wed(?:nes)?|Thu(?:rs)?|Fri|Sat(?:ur)?|Sun)(?:day)?"
_EPOCH = "(?P<epoch>[0-9]{1,10})"

_FIXED = {
    "clf": (
        f"{_DAY}/(?P<month_name>{_SHORT_MONTH})/{_YEAR}:{_HOUR}:{_MINUTE}:{_SECOND}"
        rf"(?:[.,]{_FRACTION})?(?: {_OFFSET})?"
    ),
    "iso": (
        f"{_YEAR}-{_MONTH}-{_DAY}[Tt ]{_HOUR}:{_MINUTE}:{_SECOND}(?:[.,]{_FRACTION})?"
        f"(?: ?(?:{_OFFSET}|(?P<offset_hours>[+-](?:0[0-9]|1[0-4]))|(?P<utc>[Zz])))?"
    ),
    "epoch_s": rf"{_EPOCH}(?:\.(?P<fraction>[0-9]{{1,18}}))?",
    "epoch_ms": rf"{_EPOCH}(?P<fraction>[0-9]{{3}}(?:\.[0-9]{{1,18}})?)",
    "epoch_us": rf"{_EPOCH}(?P<fraction>[0-9]{{6}}(?:\.[0-9]{{1,18}})?)",
    "epoch_ns": rf"{_EPOCH}(?P<fraction>[0-9]{{9}}(?:\.[0-9]{{1,18}})?)",
}
_STRFTIME = "strftime:"
_LONGEST_FORMAT = 256  # characters

_PARTS = {
    "Y": _YEAR,
    "y": "(?P<year_of_century>[0-9]{2})",
    "m": _MONTH,
    "d": _DAY,
    "e": " ?(?P<day>[0-9]{1,2})",
    "j": "(?P<day_of_year>[0-9]{3})",
    "b": f"(?P<month_name>{_ANY_MONTH})",
    "B": f"(?P<month_name>{_ANY_MONTH})",
    "H": _HOUR,
    "k": " ?(?P<hour>[0-9]{1,2})",
    "I": "(?P<hour_of_half>0[1-9]|1[0-2])",
    "l": " ?(?P<hour_of_half>[0-9]{1,2})",
    "p": "(?P<half>(?i:am|pm))",
    "M": _MINUTE,
    "S": _SECOND,
    "s": _EPOCH,
    "z": f"(?:{_OFFSET}|(?P<utc>Z))",
    "Z": "(?P<zone>[A-Za-z]{1,8}|[+-][0-9]{2,4})",
    "f": _FRACTION,
    "3f": "(?P<fraction>[0-9]{3})",
    "6f": "(?P<fraction>[0-9]{6})",
    "9f": "(?P<fraction>[0-9]{9})",
    "msec_frac": "(?P<fraction>[0-9]{3})",
    "usec_frac": "(?P<fraction>[0-9]{6})",
    # What tells nothing that the other parts do not.
    "a": f"(?i:{_DAYS})",
    "A": f"(?i:{_DAYS})",
    "C": "[0-9]{2}",
    "u": "[0-9]",
    "w": "[0-9]",
    "U": "[0-9]{2}",
    "V": "[0-9]{2}",
    "W": "[0-9]{2}",
    "G": "[0-9]{4}",
    "g": "[0-9]{2}",
    "n": "\n",
    "t": "\t",
    "%": "%",
}
_PARTS.update(h=_PARTS["b"], P=_PARTS["p"])
_NUMBERS = {
    "m": "month", "d": "day", "e": "day", "j": "day_of_year", "H": "hour", "k": "hour",
    "I": "hour_of_half", "l": "hour_of_half", "M": "minute", "S": "second",
}  # fmt: skip
_COMPOUNDS = {
    "T": "%H:%M:%S",
    "X": "%H:%M:%S",
    "R": "%H:%M",
    "r": "%I:%M:%S %p",
    "D": "%m/%d/%y",
    "x": "%m/%d/%y",
    "F": "%Y-%m-%d",
    "c": "%a %b %e %H:%M:%S %Y",
}
_DIRECTIVE = re.compile(
    r"%(?P<part>msec_frac|usec_frac|[369]f)|%(?P<flag>[-_0^#]?)[EO]?(?P<letter>.)?", re.DOTALL
)
_GROUP = re.compile(r"\(\?P<(\w+)>")


def check_zone(name: str) -> str:
    """Return the name of a time zone; ValueError when there is none of that name."""
    if name not in _zones():
        raise ValueError(message("normalise.time_form.no_such_zone", name=name))
    return name


@cache
def _zones() -> frozenset[str]:
    """The names of all time zones: to list them takes 10 ms, as each file is opened."""
    return frozenset(available_timezones())


@lru_cache(maxsize=256)
def expression_of(form: str) -> str:
    """Return the regular expression (Rust's dialect) of a form, anchored, its parts named.

    Forms: `clf`, `iso`, `epoch_s`, `epoch_ms`, `epoch_us`, `epoch_ns` and `strftime:FORMAT`,
    the format as C's strftime in the C locale takes it, besides `%msec_frac` and `%usec_frac`
    (Apache), and `%f`, `%3f`, `%6f`, `%9f` (Envoy) for fractions of a second. Of a part that
    stands twice the first is read.

    Raises:
        ValueError: no such form, a directive that is not known, or parts that make no instant.
    """
    if form in _FIXED:
        return f"^{_FIXED[form]}$"
    if not form.startswith(_STRFTIME):
        raise ValueError(
            message("normalise.time_form.no_such_form", form=form, fixed=", ".join(_FIXED))
        )
    text = form.removeprefix(_STRFTIME)
    if len(text) > _LONGEST_FORMAT:
        raise ValueError(message("normalise.time_form.too_long", most=_LONGEST_FORMAT))
    expression = _once_each(_translated(text))
    _check_complete(set(_GROUP.findall(expression)))
    return f"^{expression}$"


def _translated(text: str) -> str:
    pieces: list[str] = []
    position = 0
    for match in _DIRECTIVE.finditer(text):
        pieces += [re.escape(text[position : match.start()]), _directive(match)]
        position = match.end()
    return "".join([*pieces, re.escape(text[position:])])


def _directive(match: re.Match[str]) -> str:
    letter = match["part"] or match["letter"] or ""
    if letter in _COMPOUNDS:
        return _translated(_COMPOUNDS[letter])
    if letter not in _PARTS:
        raise ValueError(message("normalise.time_form.unknown_directive", found=match[0]))
    if match["flag"] in {"-", "_"} and letter in _NUMBERS:
        return f" ?(?P<{_NUMBERS[letter]}>[0-9]{{1,3}})"  # no leading zero, or a space for it
    return _PARTS[letter]


def _once_each(expression: str) -> str:
    """The expression with every part named once, as an engine demands."""
    seen: set[str] = set()

    def first_only(match: re.Match[str]) -> str:
        if match[1] in seen:
            return "(?:"
        seen.add(match[1])
        return match[0]

    return _GROUP.sub(first_only, expression)


def _check_complete(parts: set[str]) -> None:
    if "epoch" in parts:
        return
    has_day = "day" in parts and parts & {"month", "month_name"}
    if not parts & {"year", "year_of_century"} or not (has_day or "day_of_year" in parts):
        raise ValueError(message("normalise.time_form.no_date"))
    if not ("hour" in parts or {"hour_of_half", "half"} <= parts):
        raise ValueError(message("normalise.time_form.no_hour"))
