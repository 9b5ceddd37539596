"""Findings about addresses as a STIX 2.1 bundle of sightings.

Source of the mapping: OASIS STIX 2.1. Each finding whose actor is an address gives an indicator
(the pattern that finds the address), an observed-data (how often it was seen, from when to when)
and a sighting that joins them with the site that saw it. Ids are UUIDv5, so that the same finding
has the same ids in every export: those of addresses by the namespace of the standard, the others
within the domain of the site. What was withdrawn or suppressed is revoked.
"""

import datetime as dt
import ipaddress
import json
import uuid
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any
from zoneinfo import ZoneInfo

from pipelines.detect.catalogue import load_catalogue
from pipelines.export.changes import Change
from pipelines.export.documents import VENDOR, address_of, array, filled
from pipelines.export.selection import Source
from pipelines.findings import Finding, rfc3339
from pipelines.normalise.networks import is_slash64

_ADDRESS_NAMESPACE = uuid.UUID("00abedb4-aa42-466c-9c01-fed23315a9b7")  # STIX 2.1, section 2.9
_TLP_AMBER = "marking-definition--f88d31f6-486f-44da-b317-01333bde0b82"  # STIX 2.1, section 7.2.1.4
_IDENTITIES_SINCE = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
_MOST = 999_999_999  # STIX 2.1: count, number_observed
_INDICATOR_TYPES = {
    "personal_data": "anomalous-activity",
    "authentication": "malicious-activity",
    "web_attack": "malicious-activity",
    "operations": "anomalous-activity",
}


def is_sighting(change: Change) -> bool:
    """Return whether a finding's actor is an address, or an IPv6 /64."""
    actor = change.finding.actor
    is_address = address_of(actor) is not None or is_slash64(actor)
    return change.finding.actor_kind == "ip" and is_address


def stix_bundle(source: Source, zone: ZoneInfo, sightings: Iterable[Change]) -> Iterator[str]:
    """Yield a bundle as JSON text, piece by piece; all of `sightings` are `is_sighting`."""
    bundle = _Bundle(source, zone)
    objects = (one for change in sightings for one in bundle.objects(change))
    yield from array(
        chain([bundle.producer], objects),
        before=f'{{"type": "bundle", "id": "{bundle.id}", "objects": ',
        after="}",
    )


class _Bundle:
    """The objects of a bundle, each identity and address once."""

    def __init__(self, source: Source, zone: ZoneInfo) -> None:
        """Take the lake that findings come from; days are those of `zone`."""
        self._source = source
        self._zone = zone
        self._known: set[str] = set()
        self.producer = _identity(VENDOR, VENDOR)

    @property
    def id(self) -> str:
        """The bundle's own id: that of what was asked of the snapshot."""
        source = self._source
        return _id("bundle", VENDOR, f"{source.wanted} {source.snapshot} {source.taken_at}")

    def objects(self, change: Change) -> Iterator[dict[str, Any]]:
        """Yield the objects of a finding that `is_sighting`, what they refer to first."""
        finding = change.finding
        domain = self._source.domains.get(finding.site_id or "", finding.site_id or VENDOR)
        site = _identity(domain, domain)
        network = ipaddress.ip_network(finding.actor)
        kind = f"ipv{network.version}-addr"
        is_one = network.num_addresses == 1
        value = str(network[0] if is_one else network)
        observable = {
            "type": kind,
            "spec_version": "2.1",
            "id": f"{kind}--{_address_uuid(value)}",
            "value": value,
        }
        for one in (site, observable):
            if one["id"] not in self._known:
                self._known.add(one["id"])
                yield one
        common = self._common(change)
        seen = {"first": rfc3339(finding.first_seen), "last": rfc3339(finding.last_seen)}
        count = min(max(finding.event_count, 1), _MOST)
        indicator = {
            "type": "indicator",
            "id": _id("indicator", domain, finding.finding_id),
            **common,
            **_described(finding),
            "pattern": f"[{kind}:value {'=' if is_one else 'ISSUBSET'} '{value}']",
            "pattern_type": "stix",
            "pattern_version": "2.1",
            "valid_from": seen["first"],
        }
        observed = {
            "type": "observed-data",
            "id": _id("observed-data", domain, finding.finding_id),
            **common,
            "first_observed": seen["first"],
            "last_observed": seen["last"],
            "number_observed": count,
            "object_refs": [observable["id"]],
        }
        yield filled(indicator)
        yield observed
        yield {
            "type": "sighting",
            "id": _id("sighting", domain, finding.finding_id),
            **common,
            "description": finding.summary,
            "first_seen": seen["first"],
            "last_seen": seen["last"],
            "count": count,
            "sighting_of_ref": indicator["id"],
            "observed_data_refs": [observed["id"]],
            "where_sighted_refs": [site["id"]],
        }

    def _common(self, change: Change) -> dict[str, Any]:
        midnight = dt.datetime.combine(change.finding.date, dt.time(), self._zone)
        common = {
            "spec_version": "2.1",
            "created_by_ref": self.producer["id"],
            "created": _to_the_millisecond(midnight),
            "modified": _to_the_millisecond(max(midnight, self._source.taken_at)),
            "object_marking_refs": [_TLP_AMBER],
        }
        return common | ({"revoked": True} if change.status in {"withdrawn", "suppressed"} else {})


def _described(finding: Finding) -> dict[str, Any]:
    detector = load_catalogue().get(finding.detector)
    return {
        "name": detector.title.en if detector else finding.detector,
        "description": finding.summary,
        "indicator_types": [_INDICATOR_TYPES[finding.category]],
        "confidence": round(finding.score),
        "labels": [finding.detector, finding.category, str(finding.severity)],
        "external_references": [
            {"source_name": "mitre-attack", "external_id": one}
            for one in (detector.attack_ids if detector else ())
        ],
    }


def _identity(domain: str, name: str) -> dict[str, Any]:
    return {
        "type": "identity",
        "spec_version": "2.1",
        "id": _id("identity", domain, name),
        "created": _to_the_millisecond(_IDENTITIES_SINCE),
        "modified": _to_the_millisecond(_IDENTITIES_SINCE),
        "name": name,
        "identity_class": "system",
    }


def _id(kind: str, domain: str, key: str) -> str:
    return f"{kind}--{uuid.uuid5(uuid.uuid5(uuid.NAMESPACE_DNS, domain), f'{kind} {key}')}"


def _address_uuid(value: str) -> uuid.UUID:
    return uuid.uuid5(_ADDRESS_NAMESPACE, json.dumps({"value": value}, separators=(",", ":")))


def _to_the_millisecond(instant: dt.datetime) -> str:
    return f"{instant.astimezone(dt.UTC):%Y-%m-%dT%H:%M:%S}.{instant.microsecond // 1000:03}Z"
