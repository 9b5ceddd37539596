"""Errors of validation in files of values, in words for people."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import yaml
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from pipelines.formats.user_names import refused_names
from pipelines.settings.claims import patterns_within
from pipelines.settings.detectors import stands_for, wrong_tunings
from pipelines.settings.model import Settings
from pipelines.settings.source_places import sources_that_lead_nowhere
from pipelines.settings.sources import SOURCE_KIND
from pipelines.text.messages import message
from pipelines.text.validate import unknown_name
from pipelines.text.yaml_text import is_written, locate

_OWN = "value_error"

Place = tuple[str | int, ...]


def _reason_of(error: ErrorDetails) -> str:
    """Return why a value is refused: as our own check words it, or pydantic's words as they are."""
    if error["type"] in {_OWN, SOURCE_KIND}:
        return error["msg"].removeprefix("Value error, ")
    return message("settings.validation_errors.wrong_value", reason=error["msg"])


def first_validation_error(error: ValidationError) -> str:
    """Return `KEY: reason` of the first value that is refused in a file without line numbers."""
    first = error.errors(include_url=False)[0]
    key = ".".join(str(step) for step in first["loc"])
    return f"{key or '(document)'}: {_reason_of(first)}"


def of_values(path: Path, root: yaml.Node, error: ValidationError) -> list[str]:
    """Return a line `FILE:LINE: KEY: reason` for each value that is refused."""
    messages = []
    items = error.errors(include_url=False, include_input=False, include_context=False)
    for item in items:
        within = (other["loc"] for other in items if other is not item)
        if item["type"] == "too_short" and any(
            loc[: len(item["loc"])] == item["loc"] for loc in within
        ):
            continue  # an item that was refused is not missing
        line, key = locate(root, _as_written(item["loc"]))
        reason = _reason_of(item)
        reason = reason.replace("valid tuple", "list").replace("Tuple should", "the list should")
        if item["type"] == "extra_forbidden":
            reason = message("settings.validation_errors.unknown_key")
        elif item["type"] == "missing":
            reason = message("settings.validation_errors.key_required")
        messages.append(f"{path}:{line}: {key}: {reason}")
    return messages


def _as_written(loc: tuple[int | str, ...]) -> tuple[int | str, ...]:
    """Return a place as the file has it: pydantic adds the kind of a source as a step."""
    return tuple(step for above, step in zip(("", *loc), loc, strict=False) if above != "source")


def _users_not_carried(settings: Settings) -> Iterator[tuple[Place, str]]:
    """Yield the place of each name of a user that no line of its site can carry, and why."""
    for index, site in enumerate(settings.sites):
        for number, reason in refused_names(site.format, site.user_from):
            yield ("sites", index, "user_from", number), reason


def _sources_that_lead_nowhere(settings: Settings) -> Iterator[tuple[Place, str]]:
    for loc, into in sources_that_lead_nowhere(settings):
        yield loc, message("settings.validation_errors.source_leads_nowhere", into=into)


def between_sections(
    path: Path, root: yaml.Node, settings: Settings, rules: Sequence[Path]
) -> list[str]:
    """Return the same for errors that only show between sections, or against what is shipped.

    `rules` are the folders of Sigma rules.
    """
    found: list[str] = []

    def add_error(loc: tuple[str | int, ...], reason: str) -> None:
        line, key = locate(root, loc)
        found.append(f"{path}:{line}: {key}: {reason}")

    first_with_id: dict[str, int] = {}
    for index, site in enumerate(settings.sites):
        if site.id in first_with_id:
            other = locate(root, ("sites", first_with_id[site.id], "id"))[0]
            add_error(
                ("sites", index, "id"),
                message("settings.validation_errors.site_twice", other=other, id=site.id),
            )
        first_with_id.setdefault(site.id, index)
        if site.resources is not None and site.resources not in settings.resources:
            known = ", ".join(sorted(settings.resources)) or "none"
            add_error(
                ("sites", index, "resources"),
                message(
                    "settings.validation_errors.no_such_resources",
                    resources=site.resources,
                    known=known,
                ),
            )
    for index, number, outer in patterns_within(settings):
        this, that = settings.sites[index].id, outer.site.id
        add_error(
            ("sites", index, "logs", number),
            message("settings.validation_errors.sites_claim_same_files", this=this, that=that),
        )
    for loc, reason in (
        *_sources_that_lead_nowhere(settings),
        *_users_not_carried(settings),
        *_wrong_periods(root, settings),
        *wrong_tunings(settings.detectors, [site.id for site in settings.sites], rules),
        *_unknown_to_teams(settings),
    ):
        add_error(loc, reason)
    for loc, name, twice in _resources_twice(settings):
        add_error(loc, message("settings.validation_errors.resource_twice", id=twice, name=name))
    return found


def _unknown_to_teams(settings: Settings) -> Iterator[tuple[Place, str]]:
    """Sites and groups of `deliver.teams` that there are none of: nobody would hear of anything."""
    ids = [site.id for site in settings.sites]
    groups = {site.group for site in settings.sites}
    for number, team in enumerate(settings.deliver.teams if settings.deliver else ()):
        place: Place = ("deliver", "teams", number)
        for index, site in enumerate(team.sites):
            if site not in ids and not any(stands_for(one, site) for one in ids):
                yield (*place, "sites", index), unknown_name(None, site, ids)
        for index, group in enumerate(team.groups):
            if group not in groups:
                yield (*place, "groups", index), unknown_name(None, group, groups)


def _wrong_periods(root: yaml.Node, settings: Settings) -> Iterator[tuple[Place, str]]:
    """Where periods of retention cannot be kept, and why."""
    for loc, kept, named in settings.retention.deleted_too_early():
        yield (
            ("retention", *loc),
            message("settings.validation_errors.deleted_too_early", kept=kept, named=named),
        )
    for loc, kept, needed in settings.retention.needed_longer(settings.dormant_days):
        # Where the period is the default, it is the other setting that asks for too much.
        is_own = is_written(root, ("retention", *loc))
        yield (
            ("retention", *loc) if is_own else ("dormant_days",),
            message("settings.validation_errors.needed_longer", kept=kept, needed=needed),
        )
    half_life = settings.cases.half_life_days
    for loc, kept, needed in settings.retention.findings_needed_longer(half_life):
        is_own = is_written(root, ("retention", *loc))
        yield (
            ("retention", *loc) if is_own else ("cases", "half_life_days"),
            message(
                "settings.validation_errors.needed_by_cases",
                kept=kept,
                needed=needed,
                half_life=half_life,
            ),
        )
    groups = sorted({site.group for site in settings.sites})
    for group in settings.retention.site_groups:
        if group not in groups:
            yield (
                ("retention", "site_groups", group),
                message("settings.validation_errors.no_such_group", known=", ".join(groups)),
            )


def _resources_twice(settings: Settings) -> Iterator[tuple[Place, str, str]]:
    """Where a set of resources has an id again, the name of the set, and the id."""
    for name, resources in settings.resources.items():
        ids = [resource.id for resource in resources]
        for index, resource in enumerate(ids):
            if resource in ids[:index]:
                yield ("resources", name, index, "id"), name, resource
