"""A proposal as a fragment of a settings file, each part with the lines it rests on."""

import math
import re
from collections.abc import Iterator
from pathlib import PurePath
from typing import Any

import yaml

from pipelines.formats.user_names import COOKIE, shown
from pipelines.settings.globs import NAME
from pipelines.suggest.resources import Proposal
from pipelines.suggest.sample import MOST_RECORDS, Sample
from pipelines.text.display import visible
from pipelines.text.messages import message

_LONGEST = 600
_SURENESS_SHOWN = 5
_REFUSED = (401, 403, 422)
_LET_IN = range(200, 400)
_DATED = re.compile(r"[._-]?(?:[0-9]{4}-?[0-9]{2}-?[0-9]{2}|[0-9]{8,10}).*$")
_PACKED = re.compile(r"\.(?:gz|bz2|xz|zst)$")


def site_of(sample: Sample, resources: list[Proposal], group: str) -> dict[str, Any]:
    """Return the entry of `sites` that is proposed, as the settings file has it."""
    first = PurePath(sample.names[0])
    folder = first.parent.name if NAME.fullmatch(first.parent.name) else ""
    stem = _DATED.sub("", _PACKED.sub("", first.name)) or "access.log"
    found = [site_id for site_id in (folder, stem.partition(".")[0]) if NAME.fullmatch(site_id)]
    site_id = found[0] if found else "site"
    hosts = sample.domains("site_domain") or sample.domains("referrer_domain")[:1]
    known = [form for form in sample.parsed.formats if form != "unknown"]
    return {
        "id": site_id,
        "group": group,
        "domains": [host for host, _ in hosts] or [f"{site_id}.example"],
        "logs": [f"{folder or site_id}/{stem}*"],
        "format": known[0] if len(known) == 1 else "auto",
        **({"user_from": [_as_set(one.name) for one in sample.users]} if sample.users else {}),
        **({"resources": site_id} if resources else {}),
    }


def resource_of(one: Proposal) -> dict[str, Any]:
    """Return a resource as the settings file has it; levels are for people to decide."""
    entry: dict[str, Any] = {"id": one.id, "kind": one.kind, "path": one.path}
    if one.kind == "login":
        entry["methods"] = ["POST"]
        entry["success"] = sorted(
            status
            for status in one.statuses
            if status in _LET_IN and status >= 300  # noqa: PLR2004
        ) or sorted(status for status in one.statuses if status in _LET_IN)
        entry["failure"] = sorted(status for status in one.statuses if status in _REFUSED)
        entry = {key: value for key, value in entry.items() if value != []}
    elif one.kind in {"record", "list", "export"}:
        entry["level"] = 3 if one.kind != "list" else 2
    return entry


def fragment(sample: Sample, resources: list[Proposal], group: str) -> str:
    """Return the YAML text, with what each part rests on as comments."""
    site = site_of(sample, resources, group)
    return "\n".join(_lines(sample, resources, site)) + "\n"


def _lines(sample: Sample, resources: list[Proposal], site: dict[str, Any]) -> Iterator[str]:
    parsed = sample.parsed
    yield _comment(message("suggest.fragment.head"))
    yield _comment(
        message(
            "suggest.fragment.read",
            lines=parsed.lines,
            records=parsed.records,
            rejects=parsed.rejects,
            most=MOST_RECORDS,
        )
    )
    for text in parsed.sureness[:_SURENESS_SHOWN]:
        yield _comment(text)
    if resources:
        yield _comment(message("suggest.fragment.levels"))
        yield "resources:"
        yield f"  {_flow(site['id'])}:"
        for one in resources:
            yield f"    {_comment(_grounds(one))}"
            yield f"    - {_flow(resource_of(one))}"
    else:
        yield _comment(message("suggest.fragment.no_resource"))
    yield "sites:"
    yield f"  - id: {_flow(site['id'])}"
    for key, value in site.items():
        if key == "domains":
            yield f"    {_comment(_domains(sample))}"
        if key == "user_from":
            yield f"    {_comment(_user_fields(sample))}"
        if key != "id":
            yield f"    {key}: {_flow(value)}"
    yield f"    {_comment(_users(sample))}"


def _grounds(one: Proposal) -> str:
    statuses = ", ".join(f"{status}×{count:,}" for status, count in sorted(one.statuses.items()))
    said = (
        message("suggest.fragment.requests", count=one.requests)
        if one.subjects is None
        else message("suggest.fragment.subjects", count=one.requests, subjects=one.subjects)
    )
    return f"{said}; {statuses}; {', '.join(one.examples)}"


def _domains(sample: Sample) -> str:
    hosts, referrers = sample.domains("site_domain"), sample.domains("referrer_domain")
    names = ", ".join(f"{host} ×{count:,}" for host, count in hosts or referrers)
    if hosts:
        return message("suggest.fragment.hosts", names=names)
    if referrers:
        return message("suggest.fragment.referrers", names=names)
    return message("suggest.fragment.no_host")


def _as_set(name: str) -> str | dict[str, str]:
    """A name of a user as the settings file has it."""
    return {"cookie": name.removeprefix(COOKIE)} if name.startswith(COOKIE) else name


def _user_fields(sample: Sample) -> str:
    names = ", ".join(f"{shown(one.name)} ×{one.lines:,}" for one in sample.users)
    return message("suggest.fragment.user_fields", names=names, sampled=sample.users[0].sampled)


def _users(sample: Sample) -> str:
    users = sample.share("user_id")
    sessions, sizes, agents = (
        f"{sample.share(column):.0%}" for column in ("session_id", "bytes", "user_agent")
    )
    if not users:
        return message("suggest.fragment.no_user", sessions=sessions, sizes=sizes, agents=agents)
    return message(
        "suggest.fragment.users",
        users=f"{users:.0%}",
        sessions=sessions,
        sizes=sizes,
        agents=agents,
    )


def _comment(text: str) -> str:
    """A comment of one line, whatever a file's name or a log holds."""
    return f"# {visible(text, _LONGEST)}"


def _flow(value: Any) -> str:
    """A value in YAML's flow style, on one line."""
    text: str = yaml.safe_dump(
        value, default_flow_style=True, allow_unicode=True, sort_keys=False, width=math.inf
    )
    return text.removesuffix("\n").removesuffix("\n...")
