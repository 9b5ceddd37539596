"""Groups of countries by the law that their residents' data is under: dated, with the source."""

from functools import cache
from pathlib import Path
from typing import Final, Literal

from pydantic import TypeAdapter

from pipelines.text.dated import Dated
from pipelines.text.yaml_text import read_yaml

_FILE: Final = Path(__file__).with_name("country_groups.yaml")

Listed = Literal["japan", "eea", "uk"]
CountryGroup = Literal["japan", "eea", "uk", "other"]
"""`other` are the countries that no group lists."""


class Countries(Dated):
    """The countries of a group, ISO 3166-1 codes."""

    group: Listed
    countries: frozenset[str]


@cache
def country_groups() -> tuple[Countries, ...]:
    """Return the rows of `country_groups.yaml`."""
    rows = read_yaml(_FILE.read_text(encoding="utf-8"))
    return TypeAdapter(tuple[Countries, ...]).validate_python(rows)
