"""`detectors:`, how a detector differs from how it is shipped, on all sites or on some of them.

The catalogue of detectors lies above the settings, so what they may say of a parameter is read from
the headers in `sql/detectors/` as plain values, and only of the detectors that they name.
"""

import math
import re
import uuid
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict

from pipelines.paths import SQL_DIR
from pipelines.settings.globs import NAME, PLACEHOLDER
from pipelines.settings.patterns import check_linear
from pipelines.text.messages import Message, message
from pipelines.text.validate import unknown_name
from pipelines.text.yaml_text import read_yaml

Mode = Literal["active", "shadow", "off"]
"""`active`: its findings are told. `shadow`: they are kept apart. `off`: it is not run."""

SIGMA = "sigma:"
_LARGEST = 1_000_000
_TIMES_SHIPPED = 1_000  # of what is large already: bytes
_MOST_ITEMS = 1_000
_LONGEST_TEXT = 1_000
_SHARES = ("_share", "_p", "_rate", "_chance")
_HAS_ID = re.compile(r"^id:", re.MULTILINE)

Place = tuple[str | int, ...]


def _mode(given: Any) -> Any:
    return "off" if given is False else given  # YAML 1.1 reads an unquoted off as false


class SiteTuning(BaseModel):
    """What is changed of a detector on a site; what is not said stays as it is elsewhere."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    mode: Annotated[Mode, BeforeValidator(_mode)] | None = None
    parameters: dict[str, Any] = {}


class Tuning(SiteTuning):
    """What is changed of a detector, by site too: its id, or that of a template for all of it.

    With `shops` its findings are shown to the shops on whose sites they are, although they reveal
    whom or what is watched.
    """

    shops: bool = False
    sites: dict[str, SiteTuning] = {}


Detectors = dict[str, Tuning]


def stands_for(key: str, site_id: str) -> bool:
    """Return whether a site is the one that a key names, or one of the template that it names."""
    if not PLACEHOLDER.search(key):
        return key == site_id
    literal, *rest = PLACEHOLDER.split(key)  # every other one is the name of a placeholder
    expression = re.escape(literal) + "".join(
        f"(?:{NAME.pattern}){re.escape(part)}" for part in rest[1::2]
    )
    return re.fullmatch(expression, site_id) is not None


def of_site(sites: Mapping[str, Any], site_id: str | None) -> Any | None:
    """Return what is said of a site: by its own id, else by the first template that it is of."""
    if site_id is None or site_id in sites:
        return sites.get(site_id or "")
    return next((value for key, value in sites.items() if stands_for(key, site_id)), None)


def wrong_tunings(
    detectors: Detectors, sites: Collection[str], rules: Sequence[Path]
) -> Iterator[tuple[Place, str]]:
    """Yield the place of each detector, parameter, value and site that is none, and why.

    `sites` are the ids of the settings, those of templates too; `rules` the folders of Sigma rules.
    """
    for name, tuning in detectors.items():
        place: Place = ("detectors", name)
        if name.startswith(SIGMA):
            known: Mapping[str, Any] = {}
            if name != name.lower() or not _is_sigma_rule(name.removeprefix(SIGMA), rules):
                yield place, message("settings.detectors.no_such_rule")
                continue
        elif name not in _shipped():
            yield place, unknown_name(None, name, _shipped())
            continue
        else:
            known = shipped_parameters(name)
        yield from _wrong_parameters(place, tuning, known)
        for site, own in tuning.sites.items():
            at: Place = (*place, "sites", site)
            if not any(stands_for(one, site) for one in sites) and site not in sites:
                yield at, unknown_name(None, site, sites)
            yield from _wrong_parameters(at, own, known)


def _wrong_parameters(
    place: Place, tuning: SiteTuning, known: Mapping[str, Any]
) -> Iterator[tuple[Place, str]]:
    for name, value in tuning.parameters.items():
        at = (*place, "parameters", name)
        if name not in known:
            yield at, no_parameter(name, known)
        elif (problem := wrong_value(name, value, known[name])) is not None:
            yield at, problem


def no_parameter(name: str, known: Collection[str]) -> str:
    """Return the message for a name that is no parameter of a detector."""
    if not known:
        return message("settings.detectors.no_parameters")
    return unknown_name(None, name, known)


@cache
def shipped_parameters(detector: str) -> Mapping[str, Mapping[str, Any]]:
    """Return the header's entries of a detector's parameters: `value`, `reason`, maybe `range`."""
    header = SQL_DIR / "detectors" / detector / "detector.yaml"
    entries: Mapping[str, Mapping[str, Any]] = read_yaml(header.read_text(encoding="utf-8")).get(
        "parameters", {}
    )
    return entries


def wrong_value(name: str, value: Any, shipped: Mapping[str, Any]) -> Message | None:
    """Return why a parameter may not have a value; None where it may.

    It is of the type of the shipped one, and numbers are within `range_of`.
    """
    usual = shipped["value"]
    if not isinstance(usual, list):
        return _wrong_item(value, usual, range_of(name, shipped))
    if not isinstance(value, list) or not 1 <= len(value) <= _MOST_ITEMS:
        return message("settings.detectors.a_list", most=_MOST_ITEMS)
    problems = (_wrong_item(one, usual[0], range_of(name, shipped)) for one in value)
    return next((one for one in problems if one is not None), None)


def range_of(name: str, shipped: Mapping[str, Any]) -> tuple[float, float] | None:
    """Return the lowest and the highest value of a parameter; None for one of texts.

    The header says it, else the shipped value: its sign, and a thousand times it where that is more
    than a million. Shares and probabilities end at 1.
    """
    if "range" in shipped:
        lowest, highest = shipped["range"]
        return lowest, highest
    usual = shipped["value"]
    first = usual[0] if isinstance(usual, list) else usual
    if isinstance(first, str):
        return None
    if first < 0:
        return -_LARGEST, 0
    return 0, 1 if name.endswith(_SHARES) and first <= 1 else max(_LARGEST, _TIMES_SHIPPED * first)


def _wrong_item(value: Any, usual: Any, bounds: tuple[float, float] | None) -> Message | None:
    if bounds is None:
        return _wrong_text(value)
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if isinstance(usual, int) and not (is_number and isinstance(value, int)):
        return message("settings.detectors.a_whole_number")
    if not is_number or not math.isfinite(value):
        return message("settings.detectors.a_number")
    if not bounds[0] <= value <= bounds[1]:
        return message("settings.detectors.outside", lowest=bounds[0], highest=bounds[1])
    return None


def _wrong_text(value: Any) -> Message | None:
    if not isinstance(value, str) or not 0 < len(value) <= _LONGEST_TEXT:
        return message("settings.detectors.a_text", most=_LONGEST_TEXT)
    try:
        check_linear(value)
    except ValueError as error:
        reason: Message = error.args[0]
        return reason
    return None


@cache
def _shipped() -> frozenset[str]:
    return frozenset(one.parent.name for one in (SQL_DIR / "detectors").glob("*/detector.yaml"))


def id_without_own(name: str) -> str:
    """Return the id of a Sigma rule that has none, by its name or else its title."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{SIGMA}{name}"))


def _is_sigma_rule(wanted: str, folders: Sequence[Path]) -> bool:
    """Whether a rule in the folders has the id, its own or the one that it is known by."""
    own = re.compile(rf"^id:\s*['\"]?{re.escape(wanted)}\b", re.MULTILINE | re.IGNORECASE)
    for path in (file for folder in folders for file in sorted(folder.rglob("*.y*ml"))):
        try:
            text = path.read_text(encoding="utf-8")
            if own.search(text):
                return True
            documents = [] if _HAS_ID.search(text) else list(yaml.safe_load_all(text))
        except (OSError, ValueError, yaml.YAMLError):
            continue  # `rules check` tells of it
        rules = (one for one in documents if isinstance(one, dict))
        if wanted in {id_without_own(one.get("name") or one.get("title", "")) for one in rules}:
            return True
    return False
