"""A file of an owner is read within bounds, and what is wrong with it is told by its place."""

import json
from pathlib import Path
from typing import Any

import pytest

from pipelines.errors import MimamoriError
from pipelines.quality.owners import MOST_FILES, Fault, OwnSuite, read_own_suites

_COLUMNS = ("records", "rejects")


def _expectation(name: str = "busy", **kwargs: Any) -> dict[str, Any]:
    return {
        "type": "expect_column_values_to_be_between",
        "kwargs": {"column": "records", **(kwargs or {"min_value": 1})},
        "severity": "warning",
        "meta": {"id": name, "title": f"title of {name}"},
    }


def _content(name: str, **changes: Any) -> dict[str, Any]:
    meta = {"sites": ["*"], "title": "Mine"} | changes.pop("meta", {})
    return {"name": name, "meta": meta, "expectations": [_expectation()], **changes}


def _read(folder: Path, content: object, name: str = "mine") -> OwnSuite | str:
    """What is read of a file with this content; the fault in English where it is wrong."""
    text = content if isinstance(content, str) else json.dumps(content)
    (folder / f"{name}.json").write_text(text, encoding="utf-8")
    suites, faults = read_own_suites([folder], _COLUMNS)
    assert len(suites) + len(faults) == 1
    return suites[0] if suites else faults[0].in_language("en")


def _suite(folder: Path, **changes: Any) -> OwnSuite:
    found = _read(folder, _content("mine", **changes))
    assert isinstance(found, OwnSuite), found
    return found


def _wrong(folder: Path, **changes: Any) -> str:
    found = _read(folder, _content("mine", **changes))
    assert isinstance(found, str)
    return found


def test_a_file_becomes_a_suite_like_ours(tmp_path: Path) -> None:
    """Its title says what failed, with the figure; words in one language stand for both."""
    own = _suite(tmp_path, meta={"sites": ["a", "b-*"], "days": "off"})
    assert (own.suite.name, own.sites, own.days) == ("own-mine", ("a", "b-*"), "off")
    assert own.path == tmp_path / "mine.json"
    assert (own.suite.meta.title.ja, own.suite.meta.title.en) == ("Mine", "Mine")
    (check,) = own.suite.expectations
    assert check.kwargs == {
        "column": "records", "min_value": 1.0, "strict_min": False, "strict_max": False,
    }  # fmt: skip
    assert (check.severity, check.expected) == ("warning", "records>=1.0")
    assert check.failure("ja", {"records": 0.25}) == "title of busy (0.25)"
    assert check.meta.reason.en == "title of busy"


def test_words_in_each_language_and_a_reason_are_kept(tmp_path: Path) -> None:
    """Where the owner gives them; all judge every day unless something else is said."""
    one = _expectation()
    one["meta"] |= {"title": {"ja": "件数", "en": "Records"}, "reason": "Since then"}
    own = _suite(tmp_path, expectations=[one])
    (check,) = own.suite.expectations
    assert (check.title("ja"), check.title("en")) == ("件数", "Records")
    assert check.meta.reason.ja == "Since then"
    assert own.days == "every"


def test_words_are_cut_to_what_a_report_has_room_for(tmp_path: Path) -> None:
    """At two thousand characters."""
    one = _expectation()
    one["meta"]["title"] = "x" * 2001
    (check,) = _suite(tmp_path, expectations=[one]).suite.expectations
    assert check.title("en") == "x" * 2000


def test_each_figure_is_named_once(tmp_path: Path) -> None:
    """In the order of the file."""
    several = [
        _expectation("a", column="rejects", max_value=1),
        _expectation("b"),
        _expectation("c", column="rejects", max_value=9),
    ]
    assert _suite(tmp_path, expectations=several).columns == ("rejects", "records")


@pytest.mark.parametrize(
    ("kwargs", "expected"),
    [
        ({"min_value": 1}, "records>=1.0"),
        ({"max_value": 1}, "records<=1.0"),
        ({"min_value": 1, "max_value": 1}, "records>=1.0 records<=1.0"),
        ({"min_value": 1, "max_value": 2}, "records>=1.0 records<=2.0"),
        ({"min_value": 0}, "records>=0.0"),
    ],
)
def test_one_bound_is_enough(tmp_path: Path, kwargs: dict[str, Any], expected: str) -> None:
    """Two may be the same."""
    own = _suite(tmp_path, expectations=[_expectation(**kwargs)])
    assert own.suite.expectations[0].expected == expected


@pytest.mark.parametrize(
    ("kwargs", "said"),
    [
        ({"column": "records"}, "min_value"),
        ({"min_value": 2, "max_value": 1}, "above"),
        ({"min_value": "nan"}, "finite"),
        ({"max_value": "inf"}, "finite"),
    ],
)
def test_bounds_that_bound_nothing_are_told(
    tmp_path: Path, kwargs: dict[str, Any], said: str
) -> None:
    """None at all, crossed ones, and what is no number."""
    found = _wrong(tmp_path, expectations=[_expectation(**kwargs)])
    assert "mine.json: expectations.0.kwargs" in found
    assert said in found


def test_up_to_twenty_expectations_for_up_to_a_hundred_sites(tmp_path: Path) -> None:
    """One at least of each."""
    twenty = [_expectation(f"e{number}") for number in range(20)]
    hundred = [f"s{number}" for number in range(100)]
    own = _suite(tmp_path, expectations=twenty, meta={"sites": hundred})
    assert (len(own.suite.expectations), len(own.sites)) == (20, 100)
    assert "expectations: " in _wrong(tmp_path, expectations=[*twenty, _expectation("more")])
    assert "expectations: " in _wrong(tmp_path, expectations=[])
    assert "meta.sites: " in _wrong(tmp_path, meta={"sites": [*hundred, "more"]})
    assert "meta.sites: " in _wrong(tmp_path, meta={"sites": []})


def test_a_file_is_64_kib_at_most(tmp_path: Path) -> None:
    """A byte more is refused unread."""
    text = json.dumps(_content("mine"))
    assert isinstance(_read(tmp_path, text.ljust(65_536)), OwnSuite)
    assert "65,536 bytes" in str(_read(tmp_path, text.ljust(65_537)))


def test_severities_but_warnings_are_refused(tmp_path: Path) -> None:
    """With a word of its own for what would set a day aside."""
    assert "sets no day aside" in _wrong(
        tmp_path, expectations=[_expectation() | {"severity": "critical"}]
    )
    other = _wrong(tmp_path, expectations=[_expectation() | {"severity": "info"}])
    assert "expectations.0.severity: " in other
    assert "sets no day aside" not in other


@pytest.mark.parametrize("key", ["id", "notes", "suite_parameters"])
def test_what_great_expectations_writes_beside_is_passed_over(tmp_path: Path, key: str) -> None:
    """As long as it is empty."""
    assert _suite(tmp_path, **{key: None}).suite.name == "own-mine"
    assert f"mine.json: {key}: " in _wrong(tmp_path, **{key: {"a": 1}})
    assert "mine.json: other: " in _wrong(tmp_path, other=None)


def test_a_file_is_a_mapping_that_is_named_as_its_file(tmp_path: Path) -> None:
    """Neither a list nor another's name."""
    assert "mine.json: " in str(_read(tmp_path, []))
    assert "must be 'mine'" in str(_read(tmp_path, _content("other")))
    assert "mine.json:1: " in str(_read(tmp_path, "{"))


def test_the_place_of_a_figure_that_is_not_there_is_told(tmp_path: Path) -> None:
    """With those that there are."""
    several = [_expectation("a"), _expectation("b", column="recods", min_value=1)]
    found = _wrong(tmp_path, expectations=several)
    assert "expectations.1.kwargs.column" in found
    assert "there is no figure 'recods'" in found
    assert "records, rejects" in found


def test_files_come_in_order_and_a_name_is_the_firsts(tmp_path: Path) -> None:
    """A folder that is not there holds nothing; a wrong file stops none behind it."""
    one, two = tmp_path / "one", tmp_path / "two"
    one.mkdir()
    two.mkdir()
    for folder, name in ((one, "b"), (one, "a"), (two, "a"), (two, "c")):
        (folder / f"{name}.json").write_text(json.dumps(_content(name)), encoding="utf-8")
    (one / "aa.json").write_text("{", encoding="utf-8")
    suites, faults = read_own_suites([tmp_path / "none", one, two], _COLUMNS)
    assert [own.path for own in suites] == [one / "a.json", one / "b.json", two / "c.json"]
    broken, taken = (fault.in_language("en") for fault in faults)
    assert str(one / "aa.json") in broken
    assert str(two / "a.json") in taken
    assert "another folder" in taken


def test_as_many_files_as_may_be_are_no_fault(tmp_path: Path) -> None:
    """The one after them would be."""
    for number in range(MOST_FILES):
        (tmp_path / f"f{number:03}.json").write_text("", encoding="utf-8")
    _, faults = read_own_suites([tmp_path], _COLUMNS)
    assert len(faults) == MOST_FILES
    assert "f199.json" in faults[-1].in_language("en")


def test_a_suite_that_cannot_be_judged_says_why(tmp_path: Path) -> None:
    """In our words where they are ours, else by the kind of error alone, which may hold data."""
    own = _suite(tmp_path)
    ours = Fault.of(own, MimamoriError("no such table"))
    other = Fault.of(own, ValueError("192.0.2.1"))
    assert "no such table" in ours.in_language("en")
    assert "ValueError" in other.in_language("ja")
    assert "192.0.2.1" not in other.in_language("ja")
    assert str(tmp_path / "mine.json") in other.in_language("en")
