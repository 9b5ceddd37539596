"""Records and findings as documents of the Elastic Common Schema.

Source of the mapping: ECS 9.4.0 (field reference and allowed values of the event fields). What ECS
has no field for stands under `mimamori`; evidence, whose keys vary, is JSON text there, so that an
index gets no field for each key. Ids beyond 63 bits are text.
"""

from typing import Any

from pipelines.detect.catalogue import load_catalogue
from pipelines.export.changes import Change
from pipelines.export.documents import VENDOR, address_of, filled, whole
from pipelines.findings import rfc3339
from pipelines.report.export import exact_json

VERSION = "9.4.0"

_FAILED = 400  # the first status of client errors
_SEVERITIES = {"info": 0, "low": 21, "medium": 47, "high": 73, "critical": 99}
_CATEGORIES = {
    "personal_data": ["web"],
    "authentication": ["authentication", "web"],
    "web_attack": ["intrusion_detection", "web"],
    "operations": ["web"],
}


def record_to_ecs(record: dict[str, Any]) -> dict[str, Any]:
    """Return a record as an ECS event of category web; `@timestamp` is UTC, durations are ns."""
    status, country, region = record["status"], record["country"], record["subdivision"]
    address, query = record["client_ip"], record["url_query"]
    path = record["url_path"]
    user, host = record["user_id"], record["client_host"]
    return filled(
        {
            "@timestamp": rfc3339(record["time"]),
            "ecs": {"version": VERSION},
            "event": {
                "kind": "event",
                "category": ["web"],
                "type": ["access"],
                "outcome": _outcome(status),
                "module": VENDOR,
                "dataset": f"{VENDOR}.access",
                "id": str(record["event_id"]),
                "duration": whole(record["duration_ms"], 1_000_000),
            },
            "source": {
                "address": address or host,
                "ip": address_of(address),
                "domain": host,
                "registered_domain": record["client_domain"],
                "geo": {
                    "country_iso_code": country,
                    "region_iso_code": f"{country}-{region}" if country and region else None,
                    "city_name": record["city"],
                },
                "as": {"number": record["asn"], "organization": {"name": record["as_org"]}},
            },
            "user": {"name": user, "roles": _listed(record["user_type"])},
            "http": {
                "request": {"method": record["method"], "referrer": record["referrer"]},
                "response": {"status_code": status, "body": {"bytes": record["bytes"]}},
                "version": (record["protocol"] or "").removeprefix("HTTP/"),
            },
            "url": {
                "original": path if query is None else f"{path or ''}?{query}",
                "path": path,
                "query": query,
                "domain": record["site_domain"],
            },
            "user_agent": {
                "original": record["user_agent"],
                "name": record["browser"],
                "version": record["browser_version"],
                "os": {"name": record["os"], "version": record["os_version"]},
                "device": {"name": record["device"]},
            },
            "service": {"name": record["site_id"]},
            "related": {
                "ip": _listed(address_of(address)),
                "user": _listed(user),
                "hosts": [one for one in (record["site_domain"], host) if one],
            },
            VENDOR: {
                "log_date": record["log_date"].isoformat(),
                "site_group": record["site_group"],
                "session_id": record["session_id"],
                "referrer_domain": record["referrer_domain"],
                "is_bot": record["is_bot"],
                "bot_name": record["bot_name"],
                "resource_id": record["resource_id"],
                "resource_kind": record["resource_kind"],
                "data_level": record["data_level"],
                "subject_id": record["subject_id"],
                "redactions": record["redactions"],
                "file_id": str(record["file_id"]),
                "line_no": record["line_no"],
            },
        }
    )


def finding_to_ecs(change: Change) -> dict[str, Any]:
    """Return a finding as an ECS alert, at the instant at which it was last seen.

    `event.severity` is on Elastic's scale (low 21, medium 47, high 73, critical 99), `event.action`
    says `finding-created`, `finding-updated` or `finding-withdrawn`.
    """
    finding = change.finding
    detector = load_catalogue().get(finding.detector)
    address = address_of(finding.actor) if finding.actor_kind == "ip" else None
    user = finding.actor if finding.actor_kind == "user" else None
    techniques = list(detector.attack_ids) if detector else []
    return filled(
        {
            "@timestamp": rfc3339(finding.last_seen),
            "ecs": {"version": VERSION},
            "message": finding.summary,
            "event": {
                "kind": "alert",
                "category": _CATEGORIES[finding.category],
                "type": ["info"],
                "action": f"finding-{change.kind}",
                "module": VENDOR,
                "dataset": f"{VENDOR}.findings",
                "id": finding.finding_id,
                "severity": _SEVERITIES[finding.severity],
                "risk_score": finding.score,
                "start": rfc3339(finding.first_seen),
                "end": rfc3339(finding.last_seen),
            },
            "rule": {
                "id": finding.detector,
                "name": detector.title.en if detector else finding.detector,
                "category": finding.category,
                "ruleset": "sigma" if finding.detector.startswith("sigma:") else VENDOR,
            },
            "threat": {
                "framework": "MITRE ATT&CK" if techniques else None,
                "technique": {"id": [one for one in techniques if "." not in one]}
                | {"subtechnique": {"id": [one for one in techniques if "." in one]}},
            },
            "source": {
                "address": finding.actor if finding.actor_kind == "ip" else None,
                "ip": address,
            },
            "user": {"name": user},
            "service": {"name": finding.site_id},
            "related": {"ip": _listed(address), "user": _listed(user)},
            VENDOR: {
                "date": finding.date.isoformat(),
                "severity": str(finding.severity),
                "status": change.status,
                "franchise": finding.franchise,
                "actor_kind": finding.actor_kind,
                "actor": finding.actor,
                "event_count": finding.event_count,
                "subject_count": finding.subject_count,
                "measures": list(finding.measures),
                "evidence": exact_json(finding.evidence_told),
            },
        }
    )


def _outcome(status: int | None) -> str:
    if status is None:
        return "unknown"
    return "failure" if status >= _FAILED else "success"


def _listed(value: str | None) -> list[str]:
    return [value] if value else []
