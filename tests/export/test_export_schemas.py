"""Exports keep to the published schemas: ECS 9.4.0, OCSF 1.8.0, STIX 2.1."""

import json
from functools import cache
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import jsonschema
import ocsf_json_schema
import pytest
import stix2validator

from pipelines.export import ecs, ocsf
from pipelines.export.run import What
from tests.export.export_lake import HOSTILE_LINES, Folder, every_kind, make

_ECS_FIELDS = json.loads((Path(__file__).parent / "ecs" / "fields.json").read_text())
_TYPES: dict[str, tuple[type, ...]] = {
    "long": (int,),
    "float": (int, float),
    "boolean": (bool,),
}


@cache
def _ocsf_validator(name: str, profile: str | None) -> jsonschema.Draft202012Validator:
    published = ocsf_json_schema.get_ocsf_schema(ocsf.VERSION)
    schema = ocsf_json_schema.OcsfJsonSchemaEmbedded(published)
    return jsonschema.Draft202012Validator(
        schema.get_class_schema(name, [profile] if profile else [])
    )


def _leaves(document: dict[str, Any], path: str = "") -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []
    for key, value in document.items():
        name = f"{path}{key}"
        found += _leaves(value, f"{name}.") if isinstance(value, dict) else [(name, value)]
    return found


def _ecs_errors(document: dict[str, Any]) -> list[str]:
    errors = []
    for name, value in _leaves(document):
        if name.startswith("mimamori."):
            continue
        field = _ECS_FIELDS.get(name)
        values = value if isinstance(value, list) else [value]
        if field is None:
            errors.append(f"{name}: no field")
        elif isinstance(value, list) != field.get("is_array", False):
            errors.append(f"{name}: array or not")
        elif not all(isinstance(one, _TYPES.get(field["type"], (str,))) for one in values):
            errors.append(f"{name}: not of type {field['type']}")
        elif not set(values) <= set(field.get("allowed", values)):
            errors.append(f"{name}: {values} not allowed")
        elif field["type"] == "ip":
            assert [str(ip_address(one)) for one in values] == values
    event = document["event"]
    expected = {
        kind for one in event["category"] for kind in _ECS_FIELDS["event.category"]["allowed"][one]
    }
    if not set(event["type"]) <= expected:
        errors.append("event.type: not expected of event.category")
    return errors


@pytest.mark.parametrize(("what", "count"), [("records", 8), ("findings", 9)])
def test_ecs_documents_have_fields_of_the_schema_only(
    hostile: Folder, what: What, count: int
) -> None:
    """Every field outside `mimamori` is one of ECS, of its type and with its allowed values."""
    documents = hostile.documents(what, "ecs")
    assert len(documents) == count
    assert [_ecs_errors(one) for one in documents] == [[]] * count
    assert {one["ecs"]["version"] for one in documents} == {ecs.VERSION}


def test_ecs_record_and_alert_say_what_happened(hostile: Folder) -> None:
    """The fields that dashboards and rules of a SIEM look at."""
    record = hostile.documents("records", "ecs")[1]
    assert record["source"]["ip"] == "192.0.2.1"
    assert record["user"]["name"] == "st-1"
    assert record["url"]["path"] == "/customers/7"
    assert record["http"]["version"] == "2.0"
    assert record["event"]["outcome"] == "success"
    assert record["mimamori"]["subject_id"] == "7"
    alerts = {one["event"]["id"]: one for one in hostile.documents("findings", "ecs")}
    alert = alerts["sql-injection-192.0.2.1"]
    assert alert["@timestamp"] == "2026-11-19T08:00:00.000000Z"
    assert (alert["event"]["severity"], alert["event"]["risk_score"]) == (73, 60.5)
    assert "T1190" in alert["threat"]["technique"]["id"]
    assert json.loads(alert["mimamori"]["evidence"])["observed"] == 60
    # An address that is none is no address to an index that would refuse the document.
    assert (
        "ip" not in next(one for one in alerts.values() if "sigma" in one["rule"]["id"])["source"]
    )


@pytest.mark.parametrize(
    ("what", "name", "profile", "count"),
    [("records", "http_activity", "host", 8), ("findings", "detection_finding", None, 9)],
)
def test_ocsf_events_keep_to_their_class(
    hostile: Folder, what: What, name: str, profile: str | None, count: int
) -> None:
    """Required attributes, types, enumerations; and no attribute that the class does not have."""
    events = hostile.documents(what, "ocsf")
    assert len(events) == count
    validator = _ocsf_validator(name, profile)
    errors = [error.message for event in events for error in validator.iter_errors(event)]
    assert errors == []


def test_ocsf_tells_methods_statuses_and_severities(hostile: Folder) -> None:
    """What is no HTTP is activity 0, a method that OCSF does not know 99 with its name."""
    events = hostile.documents("records", "ocsf")
    assert [event["activity_id"] for event in events] == [3, 3, 6, 0, 99, 3, 3, 3]
    assert events[4]["activity_name"] == "PROPFIND"
    assert [event["status_id"] for event in events] == [1, 1, 2, 2, 2, 1, 2, 0]
    assert events[1]["actor"]["user"]["name"] == "st-1"
    assert events[0]["time"] == 1_795_046_400_000
    found = {event["metadata"]["uid"]: event for event in hostile.documents("findings", "ocsf")}
    assert found["brute-force-192.0.2.77"]["activity_id"] == 3
    assert found["brute-force-192.0.2.77"]["status_id"] == 4
    attack = found["brute-force-192.0.2.77"]["finding_info"]["attacks"][0]
    assert attack["technique"]["uid"].startswith("T1110")
    evidence = found["sql-injection-192.0.2.1"]["evidences"][0]
    assert evidence["src_endpoint"] == {"ip": "192.0.2.1"}
    assert evidence["data"]["observed"] == 60


def _bundle(folder: Folder, **wanted: Any) -> dict[str, Any]:
    return dict(json.loads(folder.export("findings", "stix", **wanted)[0]))


def test_stix_bundle_is_valid_and_strictly_so(hostile: Folder) -> None:
    """The OASIS validator has nothing to say, neither of musts nor of shoulds.

    Except that ids are UUIDv5: the same on every export matters more than that they are random.
    """
    text, done = hostile.export("findings", "stix")
    options = stix2validator.ValidationOptions(version="2.1", strict=True, disabled="uuid-check")
    result = stix2validator.validate_string(text.decode(), options)
    assert [str(error) for error in result.errors] == []
    # Four of them name an address; users, sessions, sites and what is no address are left out.
    assert done.rows == 4


def test_stix_sightings_say_who_saw_which_address_how_often(hostile: Folder) -> None:
    """Each sighting leads to the indicator, the observed data, the address and the site."""
    objects = {one["id"]: one for one in _bundle(hostile)["objects"]}
    assert len(objects) == len(_bundle(hostile)["objects"])
    sightings = [one for one in objects.values() if one["type"] == "sighting"]
    (sighting,) = [one for one in sightings if one["count"] == 60 and "2001" in one["description"]]
    indicator = objects[sighting["sighting_of_ref"]]
    assert indicator["pattern"] == "[ipv6-addr:value = '2001:db8::7']"
    observed = objects[sighting["observed_data_refs"][0]]
    assert objects[observed["object_refs"][0]]["value"] == "2001:db8::7"
    assert objects[sighting["where_sighted_refs"][0]]["name"] == "shop.example"
    assert sighting["first_seen"] == "2026-11-19T00:00:00.123456Z"
    (revoked,) = [one for one in sightings if one.get("revoked")]
    assert revoked["description"] == "192.0.2.8"


@pytest.mark.further
def test_stix_ids_are_those_of_the_standard_and_stay(folder: Folder) -> None:
    """A changed finding has its ids, its `created` and a later `modified`."""
    folder.deliver("shop/access.log", HOSTILE_LINES)
    address = "198.51.100.3"
    folder.detected([make(actor=address)])
    first = {one["id"]: one for one in _bundle(folder)["objects"]}
    assert _bundle(folder)["objects"] == list(first.values())
    folder.detected([make(actor=address, event_count=61)])
    second = {one["id"]: one for one in _bundle(folder)["objects"]}
    assert second.keys() == first.keys()
    (key,) = [key for key in first if key.startswith("sighting")]
    assert second[key]["created"] == first[key]["created"]
    assert second[key]["modified"] > first[key]["modified"]
    # The id of this address in the examples of the standard (section 2.9).
    assert "ipv4-addr--28bb3599-77cd-5a82-a950-b5bc3caf07c4" in first


def test_a_bundle_without_sightings_names_its_maker(folder: Folder) -> None:
    """STIX forbids an empty list of objects."""
    folder.deliver("shop/access.log", HOSTILE_LINES)
    (only,) = _bundle(folder)["objects"]
    assert (only["type"], only["name"]) == ("identity", "mimamori")


def test_every_kind_is_every_kind() -> None:
    """The findings that the schemas are tried on leave no category, severity or actor out."""
    found = every_kind()
    assert {one.category for one in found} == {
        "personal_data", "authentication", "web_attack", "operations",
    }  # fmt: skip
    assert len({one.severity for one in found}) == 5
    assert len({one.actor_kind for one in found}) == 4
    assert len({one.status for one in found}) == 4
