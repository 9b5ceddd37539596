"""Records and findings as events of the Open Cybersecurity Schema Framework.

Source of the mapping: OCSF 1.8.0, HTTP Activity (4002, with the profile `host`, which has the
actor) and Detection Finding (2004). Instants are milliseconds since 1970 UTC. What the schema has
no attribute for stands under `unmapped` by the contract's name; ids beyond 63 bits are text.
"""

import datetime as dt
from typing import Any

from pipelines import __version__
from pipelines.detect.catalogue import load_catalogue
from pipelines.export.changes import Change
from pipelines.export.documents import VENDOR, address_of, filled, whole
from pipelines.findings import Finding, rfc3339

VERSION = "1.8.0"

_HTTP_ACTIVITY, _DETECTION_FINDING = 4002, 2004
_OTHER = 99
_METHODS = {
    "CONNECT": 1, "DELETE": 2, "GET": 3, "HEAD": 4, "OPTIONS": 5, "POST": 6, "PUT": 7, "TRACE": 8,
    "PATCH": 9,
}  # fmt: skip
_FAILED = 400  # the first status of client errors
_INFORMATIONAL = 1
_SEVERITIES = {"info": 1, "low": 2, "medium": 3, "high": 4, "critical": 5}
_RISK_LEVELS = {"info": 0, "low": 1, "medium": 2, "high": 3, "critical": 4}
_STATUSES = {"new": 1, "acknowledged": 2, "suppressed": 3, "closed": 4, "withdrawn": 6}
_CREATE, _UPDATE, _CLOSE = 1, 2, 3
_OBSERVABLES = {"ip": 2, "user": 4}
_RULE = 1
_UNMAPPED = (
    "log_date", "site_group", "referrer_domain", "browser", "browser_version", "os", "os_version",
    "device", "is_bot", "bot_name", "resource_id", "resource_kind", "data_level", "subject_id",
    "redactions", "file_id", "line_no",
)  # fmt: skip
_TEXTS = ("log_date", "file_id")


def record_to_ocsf(record: dict[str, Any]) -> dict[str, Any]:
    """Return a record as an HTTP Activity; a request that is no HTTP has activity 0, Unknown.

    A method that OCSF does not know is activity 99 with its name as `activity_name`.
    """
    method, status = record["method"], record["status"]
    activity = 0 if method is None else _METHODS.get(method, _OTHER)
    unmapped = {name: record[name] for name in _UNMAPPED}
    return filled(
        {
            **_class(_HTTP_ACTIVITY, activity, "HTTP Activity"),
            "activity_name": method if activity == _OTHER else None,
            "time": _milliseconds(record["time"]),
            "severity_id": _INFORMATIONAL,
            "status_id": 0 if status is None else 1 if status < _FAILED else 2,
            "status_code": None if status is None else str(status),
            "metadata": {
                **_metadata(str(record["event_id"])),
                "profiles": ["host"],
                "original_time": rfc3339(record["time"]),
            },
            "src_endpoint": {
                "ip": address_of(record["client_ip"]),
                "hostname": record["client_host"],
                "domain": record["client_domain"],
                "location": {
                    "country": record["country"],
                    "region": record["subdivision"],
                    "city": record["city"],
                },
                "autonomous_system": {"number": record["asn"], "name": record["as_org"]},
            },
            "dst_endpoint": {"svc_name": record["site_id"], "hostname": record["site_domain"]},
            "actor": {
                "user": _user(record["user_id"], record["user_type"]),
                "session": {"uid": record["session_id"]},
            },
            "http_request": {
                "uid": str(record["event_id"]),
                "http_method": method if method in _METHODS else None,
                "url": _url(record),
                "user_agent": record["user_agent"],
                "referrer": record["referrer"],
                "version": (record["protocol"] or "").removeprefix("HTTP/"),
            },
            "http_response": {
                "code": status,
                "body_length": record["bytes"],
                "latency": whole(record["duration_ms"]),
            }
            if status is not None
            else None,
            "unmapped": {
                name: str(value) if name in _TEXTS else value for name, value in unmapped.items()
            },
        }
    )


def finding_to_ocsf(change: Change) -> dict[str, Any]:
    """Return a finding as a Detection Finding, at the instant at which it was last seen.

    A closed or withdrawn one is the activity Close, with status Resolved or Deleted.
    """
    finding = change.finding
    is_over = change.status in {"closed", "withdrawn"}
    activity = _CLOSE if is_over else _UPDATE if change.kind == "updated" else _CREATE
    detector = load_catalogue().get(finding.detector)
    evidence = filled({"data": finding.evidence_told, **_actor(finding)})
    return filled(
        {
            **_class(_DETECTION_FINDING, activity, "Detection Finding"),
            "time": _milliseconds(finding.last_seen),
            "start_time": _milliseconds(finding.first_seen),
            "end_time": _milliseconds(finding.last_seen),
            "message": finding.summary,
            "severity_id": _SEVERITIES[finding.severity],
            "severity": "Informational"
            if finding.severity == "info"
            else finding.severity.capitalize(),
            "status_id": _STATUSES[change.status],
            "is_alert": True,
            "count": finding.event_count,
            "risk_score": whole(finding.score),
            "risk_level_id": _RISK_LEVELS[finding.severity],
            "metadata": _metadata(finding.finding_id),
            "finding_info": {
                "uid": finding.finding_id,
                "title": detector.title.en if detector else finding.detector,
                "desc": finding.summary,
                "types": [finding.category],
                "first_seen_time": _milliseconds(finding.first_seen),
                "last_seen_time": _milliseconds(finding.last_seen),
                "analytic": {
                    "uid": finding.detector,
                    "name": detector.title.en if detector else finding.detector,
                    "type_id": _RULE,
                    "type": "Rule",
                },
                "attacks": [_attack(one) for one in detector.attack_ids] if detector else None,
            },
            "evidences": [evidence] if evidence else None,
            "observables": _observables(finding),
            "resources": [{"uid": finding.site_id, "type": "site"}] if finding.site_id else None,
            "unmapped": {
                "date": finding.date.isoformat(),
                "detector": finding.detector,
                "category": finding.category,
                "franchise": finding.franchise,
                "actor_kind": finding.actor_kind,
                "actor": finding.actor,
                "subject_count": finding.subject_count,
                "measures": list(finding.measures),
            },
        }
    )


def _class(uid: int, activity: int, name: str) -> dict[str, Any]:
    return {
        "class_uid": uid,
        "class_name": name,
        "category_uid": uid // 1000,
        "activity_id": activity,
        "type_uid": uid * 100 + activity,
    }


def _metadata(uid: str) -> dict[str, Any]:
    return {
        "version": VERSION,
        "uid": uid,
        "product": {"name": VENDOR, "vendor_name": VENDOR, "version": __version__},
    }


def _milliseconds(instant: dt.datetime) -> int:
    return (instant - dt.datetime(1970, 1, 1, tzinfo=dt.UTC)) // dt.timedelta(milliseconds=1)


def _url(record: dict[str, Any]) -> dict[str, Any] | None:
    if record["url_path"] is None:
        return None
    return {
        "hostname": record["site_domain"],
        "path": record["url_path"],
        "query_string": record["url_query"],
    }


def _user(name: str | None, user_type: str | None = None) -> dict[str, Any] | None:
    if not name:
        return None
    return {"name": name, "type": user_type, "type_id": _OTHER if user_type else None}


def _actor(finding: Finding) -> dict[str, Any]:
    """Who a finding is about, where OCSF has a place for it."""
    if finding.actor_kind == "user":
        return {"user": _user(finding.actor)}
    if finding.actor_kind == "ip":
        address = address_of(finding.actor)
        return {"src_endpoint": {"ip": address} if address else {"name": finding.actor}}
    if finding.actor_kind == "session":
        return {"actor": {"session": {"uid": finding.actor}}}
    return {}


def _observables(finding: Finding) -> list[dict[str, Any]]:
    kind = finding.actor_kind
    if kind not in _OBSERVABLES or (kind == "ip" and address_of(finding.actor) is None):
        return []
    name = "evidences[].src_endpoint.ip" if kind == "ip" else "evidences[].user.name"
    return [{"name": name, "type_id": _OBSERVABLES[kind], "value": finding.actor}]


def _attack(technique: str) -> dict[str, Any]:
    if "." not in technique:
        return {"technique": {"uid": technique}}
    return {
        "technique": {"uid": technique.partition(".")[0]},
        "sub_technique": {"uid": technique},
    }
