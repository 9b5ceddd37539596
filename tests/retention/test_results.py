"""What retention tells of what went, and the journal by which a run that broke off still tells."""

import datetime as dt
from pathlib import Path

import pytest

from pipelines.paths import Home
from pipelines.retention.journal import Journal, Told
from pipelines.retention.result import LetGo, Retained, merged

_FIRST, _SECOND, _THIRD = (dt.date(2026, 3, day) for day in (1, 2, 3))
_AT = dt.datetime(2026, 3, 4, 3, 0, tzinfo=dt.UTC)


def test_entries_of_one_kind_act_and_group_become_one() -> None:
    """Rows and files are added, each day stands once, in order; what is nothing is left out."""
    found = [
        LetGo("access_log", "deleted", 2, 0, (_SECOND,), "shops"),
        LetGo("reports", "deleted", 0, 3, (_THIRD,)),
        LetGo("access_log", "deleted", 5, 1, (_THIRD, _FIRST), "shops"),
        LetGo("access_log", "deleted", 7, 0, (_SECOND,), "main"),
        LetGo("access_log", "pseudonymised", 11, 0, (_SECOND,), "shops"),
        LetGo("access_log", "deleted", 13, 0, (_SECOND,), "shops"),
        LetGo("airflow_logs", "deleted"),
    ]
    assert merged(found) == (
        LetGo("access_log", "deleted", 20, 1, (_FIRST, _SECOND, _THIRD), "shops"),
        LetGo("reports", "deleted", 0, 3, (_THIRD,)),
        LetGo("access_log", "deleted", 7, 0, (_SECOND,), "main"),
        LetGo("access_log", "pseudonymised", 11, 0, (_SECOND,), "shops"),
    )
    assert merged([]) == ()


@pytest.mark.parametrize(
    ("days", "number", "first", "last"),
    [
        ((), 0, None, None),
        ((_SECOND,), 1, "2026-03-02", "2026-03-02"),
        ((_THIRD, _FIRST), 2, "2026-03-01", "2026-03-03"),
    ],
)
def test_days_are_told_by_their_number_and_ends(
    days: tuple[dt.date, ...], number: int, first: str | None, last: str | None
) -> None:
    """Some kinds of data have none."""
    assert LetGo("clients", "deleted", 4, 0, days, "main").as_json() == {
        "kind": "clients", "act": "deleted", "rows": 4, "files": 0, "site_group": "main",
        "days": number, "first_day": first, "last_day": last,
    }  # fmt: skip


def test_a_run_is_told_with_what_it_left() -> None:
    """What waits, what is held, and the oldest day of each kind that is still there."""
    act = LetGo("reports", "deleted", 0, 3, (_FIRST,))
    oldest = {"access_log": _SECOND, "findings": None}
    told = Retained(_THIRD, True, (act,), 5, 2, 7, oldest).as_json()  # noqa: FBT003
    assert told == {
        "night": "2026-03-03",
        "dry_run": True,
        "kinds": [act.as_json()],
        "waiting": {"rows": 5, "people": 2},
        "held": {"rows": 7},
        "oldest": {"access_log": "2026-03-02", "findings": None},
    }


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A working folder with the folder of a lake."""
    made = Home(tmp_path)
    made.lake.mkdir()
    return made


_ROWS = LetGo("access_log", "deleted", 2, 0, (_FIRST, _SECOND), "店")
_FILES = LetGo("reports", "deleted", 0, 1, (_FIRST,))


def test_what_is_noted_is_read_again_by_the_next_run(home: Home) -> None:
    """Rows and files, not what is neither; with night and instant, until it is on record."""
    journal = Journal(home)
    assert journal.read() == []
    acts = [_ROWS, LetGo("airflow_logs", "deleted"), _FILES]
    assert list(journal.noted(_THIRD, _AT, acts)) == acts
    later = _AT + dt.timedelta(days=1)
    assert list(journal.noted(_THIRD, later, [_FILES])) == [_FILES]
    noted = [Told(_THIRD, _AT, _ROWS), Told(_THIRD, _AT, _FILES), Told(_THIRD, later, _FILES)]
    assert Journal(home).read() == noted
    assert [path.stat().st_mode & 0o777 for path in home.lake.iterdir()] == [0o600]
    journal.clear()
    journal.clear()
    assert Journal(home).read() == []


def test_each_act_is_noted_before_it_is_done(home: Home) -> None:
    """Whoever is given an act to do finds it on disk, and the next one not yet."""
    journal = Journal(home)
    counts = [len(journal.read()) for _ in journal.noted(_THIRD, _AT, [_ROWS, _FILES])]
    assert counts == [1, 2]


def test_a_line_that_was_not_written_whole_is_left_out(home: Home) -> None:
    """And spoils none of the lines before and after it."""
    journal = Journal(home)
    list(journal.noted(_THIRD, _AT, [_ROWS]))
    (path,) = home.lake.iterdir()
    with path.open("a", encoding="utf-8") as stream:
        stream.write('{"night": "2026-0')
    list(journal.noted(_THIRD, _AT, [_FILES]))
    assert [one.act for one in journal.read()] == [_ROWS, _FILES]
