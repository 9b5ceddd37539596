"""Texts of web attacks and of innocent requests that look like them, in two halves.

Written by hand from the public literature on each attack (OWASP's testing guide, CVE write-ups,
what servers log every day) before any signature was, and split so that both halves hold the same
techniques with different cases. `seen` may be read by whoever writes signatures; `held_out` may
not: it measures what they find in texts that nobody tuned them on. Neither is ever changed to
please a signature.

`<half>/attacks/<family>.tsv` and `<half>/benign.tsv` are columns between tabs: place (`uri` is
path and query, `referrer`, `agent`), the text as logged with the server's own escapes undone, and
the technique. A line that begins with `#` is a comment.
"""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import polars as pl

_FOLDER = Path(__file__).parent
_BROWSER = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/142.0.0.0 Safari/537.36"
)


class Half(StrEnum):
    """Which half of the corpus."""

    SEEN = "seen"
    HELD_OUT = "held_out"


class Place(StrEnum):
    """Where in a request a text stands."""

    URI = "uri"
    REFERRER = "referrer"
    AGENT = "agent"


FAMILIES = (
    "sql-injection",
    "cross-site-scripting",
    "path-traversal",
    "command-injection",
    "jndi-injection",
    "code-injection",
    "remote-inclusion",
    "server-side-request-forgery",
    "sensitive-file-probing",
    "exploit-probing",
    "scanner-user-agent",
    "webshell-access",
)


@dataclass(frozen=True)
class Case:
    """One text, the family of its attack (None for an innocent one), and where it is written."""

    place: Place
    text: str
    technique: str
    family: str | None
    source: str


def attacks(half: Half) -> list[Case]:
    """Return the attacks of a half, by family in the order of FAMILIES."""
    return [
        case
        for family in FAMILIES
        for case in _read(_FOLDER / half / "attacks" / f"{family}.tsv", family)
    ]


def benign(half: Half) -> list[Case]:
    """Return the innocent texts of a half."""
    return _read(_FOLDER / half / "benign.tsv", None)


def requests(cases: list[Case]) -> pl.DataFrame:
    """Return a request for each case, in order: uri, referrer, agent.

    The text stands in its place, the rest of the request is ordinary: the front page, no referrer,
    a current browser.
    """
    return pl.DataFrame(
        [
            {
                "uri": case.text if case.place is Place.URI else "/",
                "referrer": case.text if case.place is Place.REFERRER else None,
                "agent": case.text if case.place is Place.AGENT else _BROWSER,
            }
            for case in cases
        ],
        schema={"uri": pl.String, "referrer": pl.String, "agent": pl.String},
    )


def _read(path: Path, family: str | None) -> list[Case]:
    """The cases of a file; a line of another shape is a ValueError that says where it is."""
    cases = []
    # Only line feeds part lines: str.splitlines knows others, which may stand in a text.
    for number, line in enumerate(path.read_text(encoding="utf-8").split("\n"), start=1):
        if not line or line.startswith("#"):
            continue
        source = f"{path.relative_to(_FOLDER)}:{number}"
        fields = line.split("\t")
        if len(fields) != len(("place", "text", "technique")) or not all(fields):
            raise ValueError(f"{source}: not a place, a text and a technique between tabs")
        cases.append(Case(Place(fields[0]), fields[1], fields[2], family, source))
    return cases
