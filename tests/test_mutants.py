"""`make mutants`: the faults that it puts into SQL and into detector.yaml."""

from collections.abc import Iterable

from mutants.sql_changes import Change, of_detector, of_sql

_SQL = """\
select count(distinct subject) as people, sum(hits - 1) as more  -- count(distinct x) >= 1
from seen
where hits >= 20 and site <> 'a - b'
    and user is distinct from 'x'
    and day between $first and $last
    and not (is_known or $least > hits)
"""
_DETECTOR = """\
severities:
  - severity: low
    when: number > $named_actors
  - {severity: high, when: failures >= 3}
parameters:
  window_minutes:
    value: 60
  max_share:
    value: 0.25
"""


def _made(text: str, changes: Iterable[Change]) -> dict[str, set[str]]:
    """Return what the changes make of the text: the lines that were not in it, by their name."""
    made: dict[str, set[str]] = {}
    for one in changes:
        lines = (text[: one.begin] + one.put + text[one.end :]).splitlines()
        new = {line.strip() for line in lines} - {line.strip() for line in text.splitlines()}
        made.setdefault(one.name, set()).update(new)
    return made


def test_sql_is_changed_where_it_computes_and_nowhere_else() -> None:
    """Comments, quoted text and `is distinct from` stay; what is dropped is a whole condition."""
    assert _made(_SQL, of_sql(_SQL)) == {
        "a bound moved by one": {"where hits >= (20 + 1) and site <> 'a - b'"},
        ">= to >": {"where hits > 20 and site <> 'a - b'"},
        "> to >=": {"and not (is_known or $least >= hits)"},
        "distinct dropped": {
            _SQL.splitlines()[0].replace("distinct ", "", 1),
        },
        "a sign turned": {
            _SQL.splitlines()[0].replace("hits - 1", "hits + 1"),
        },
        "a condition dropped": {""},
    }
    dropped = [one for one in of_sql(_SQL) if one.name == "a condition dropped"]
    assert [_SQL[one.begin : one.end].split()[1] for one in dropped] == ["user", "day", "not"]


def test_parameters_and_conditions_of_detectors_are_changed() -> None:
    """A whole number by one, a share by its double, SQL as elsewhere."""
    assert _made(_DETECTOR, of_detector(_DETECTOR)) == {
        "> to >=": {"when: number >= $named_actors"},
        "a bound moved by one": {
            *("when: number > ($named_actors + 1)", "value: 61"),
            "- {severity: high, when: failures >= (3 + 1)}",
        },
        ">= to >": {"- {severity: high, when: failures > 3}"},
        "a share doubled": {"value: 0.5"},
    }
