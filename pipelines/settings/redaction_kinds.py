"""The kinds of personal values that the shipped rules know, and what is said of each.

The list is closed; settings may add kinds of their own by patterns. Light on purpose: the settings
file is checked with it, also where Airflow reads DAG files.
"""

import re
from typing import Final

from pipelines.settings.patterns import check_linear
from pipelines.text.messages import message

KINDS: Final = {
    "address": message("settings.redaction_kinds.kind.address"),
    "bank_account": message("settings.redaction_kinds.kind.bank_account"),
    "birth_date": message("settings.redaction_kinds.kind.birth_date"),
    "card": message("settings.redaction_kinds.kind.card"),
    "driving_licence": message("settings.redaction_kinds.kind.driving_licence"),
    "email": message("settings.redaction_kinds.kind.email"),
    "insurance_number": message("settings.redaction_kinds.kind.insurance_number"),
    "location": message("settings.redaction_kinds.kind.location"),
    "my_number": message("settings.redaction_kinds.kind.my_number"),
    "name": message("settings.redaction_kinds.kind.name"),
    "number_plate": message("settings.redaction_kinds.kind.number_plate"),
    "passport_number": message("settings.redaction_kinds.kind.passport_number"),
    "password": message("settings.redaction_kinds.kind.password"),
    "phone": message("settings.redaction_kinds.kind.phone"),
    "postal_code": message("settings.redaction_kinds.kind.postal_code"),
    "session": message("settings.redaction_kinds.kind.session"),
    "special_care": message("settings.redaction_kinds.kind.special_care"),
    "token": message("settings.redaction_kinds.kind.token"),
    "user_name": message("settings.redaction_kinds.kind.user_name"),
    "value": message("settings.redaction_kinds.kind.value"),
    "vehicle_number": message("settings.redaction_kinds.kind.vehicle_number"),
}
KIND_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,31}")
COLUMNS: Final = ("url_path", "url_query", "referrer", "user_agent")

# What engines of linear time lack and people ask for most.
_NOT_LINEAR = re.compile(r"\(\?(?:[=!>(]|<[=!]|P=)|(?<!\\)(?:\\\\)*\\[1-9]|[*+?}]\+")


def mask(kind: str) -> str:
    """Return what stands in place of a value of this kind: `[phone]`."""
    return f"[{kind}]"


def check_kind(name: str) -> str:
    """Return a kind's name; ValueError when no kind may be called so."""
    if not KIND_NAME.fullmatch(name):
        raise ValueError(message("settings.redaction_kinds.kind_name", name=name))
    return name


def check_known_kind(name: str) -> str:
    """Return the name of a shipped kind; ValueError when there is none of that name."""
    if name not in KINDS:
        raise ValueError(
            message("settings.redaction_kinds.no_such_kind", name=name, kinds=", ".join(KINDS))
        )
    return name


def check_pattern(pattern: str) -> str:
    """Return an own pattern; ValueError when it is wrong or its search could take for ever."""
    if _NOT_LINEAR.search(pattern):
        raise ValueError(message("settings.redaction_kinds.not_linear"))
    compiled = re.compile(check_linear(pattern))
    others = set(compiled.groupindex) - {"before", "after"}
    if others:
        raise ValueError(
            message("settings.redaction_kinds.unknown_group", at=f"group {others.pop()!r}")
        )
    if compiled.search(""):
        raise ValueError(message("settings.redaction_kinds.matches_nothing"))
    return pattern
