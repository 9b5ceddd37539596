"""Rule files as they come: bad and hostile ones are named, the good ones beside them are used."""

from pathlib import Path

import pytest

from pipelines.detect.sigma import shelf
from pipelines.detect.sigma.rulebook import load_rulebook
from pipelines.errors import MimamoriError, UsageError
from tests.detect.sigma import sigma_lab

GOOD = sigma_lab.rule("s: {cs-uri-query|contains: /evil}\ncondition: s", 1)
_MERGES = "a0: &a0 {k: v}\n" + "".join(
    f"a{n}: &a{n} {{<<: [*a{n - 1}, *a{n - 1}]}}\n" for n in range(1, 40)
)
_ALIASES = "a0: &a0 [x, x]\n" + "".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 12)
)


def _bad(detection: str, **keys: str) -> str:
    return sigma_lab.rule(detection, 2, **keys)


BROKEN = {
    "yaml": ("title: x\n  id: [", 2, "not valid YAML"),
    "empty": ("\n---\n", None, "is empty"),
    "list": ("- a\n- b\n", 1, "a rule is a YAML mapping"),
    "no-detection": ("title: x\nlogsource: {category: webserver}\n", 1, "detection"),
    "no-title": (GOOD.replace("title: Rule 1\n", ""), 1, "title"),
    "log-source": (
        _bad("s: {a: b}\ncondition: s", logsource="{category: process_creation}"),
        3, "none of an access log",
    ),
    "error-log": (
        _bad("s: {a: b}\ncondition: s", logsource="{product: nginx, service: error}"),
        3, "none of an access log",
    ),
    "field": (_bad("s: {EventID: 1}\ncondition: s"), 5, "no field 'EventID'"),
    "modifier": (_bad("s: {cs-uri|like: x}\ncondition: s"), 4, "Unknown modifier"),
    "condition": (_bad("s: {cs-uri: x}\ncondition: s and t"), 6, "'t' not defined"),
    "syntax": (_bad("s: {cs-uri: x}\ncondition: s and (s"), 6, ""),
    "no-selection": (_bad("s: {cs-uri: x}\ncondition: 1 of z*"), 6, "match any detection"),
    "look-ahead": (_bad("s: {cs-uri|re: 'a(?=b)'}\ncondition: s"), 4, "RE2 cannot run"),
    "back-reference": (_bad("s: {cs-uri|re: '(a)\\1'}\ncondition: s"), 4, "RE2 cannot run"),
    "huge-repeat": (_bad("s: {cs-uri|re: '((a{100}){100}){100}'}\ncondition: s"), 4, "RE2"),
    "placeholder": (_bad("s: {cs-uri|expand: '%admins%'}\ncondition: s"), 4, "%admins%"),
    "network": (_bad("s: {c-ip|cidr: 192.0.2.1/24}\ncondition: s"), 4, "CIDR"),
    "network-of-a-text": (_bad("s: {cs-uri|cidr: 192.0.2.0/24}\ncondition: s"), 4, "addresses"),
    "compared-text": (_bad("s: {cs-uri|gt: 5}\ncondition: s"), 4, "no number"),
    "id": (GOOD.replace(sigma_lab.rule_id(1), "no-uuid"), 2, "UUID"),
    "odd-id": (GOOD.replace(sigma_lab.rule_id(1), "12345"), 1, "no valid Sigma rule"),
    "level": (_bad("s: {cs-uri: x}\ncondition: s", level="dire"), 4, "level"),
    "twice": ("title: a\ntitle: b\n", 2, "given twice"),
    "merge-bomb": (_MERGES, 2, "merge keys"),
    "alias-bomb": (_ALIASES, None, "aliases"),
    "recursive": (
        "title: x\nlogsource: {category: webserver}\ndetection: &a {s: *a, condition: s}\n",
        None, "Recursive",
    ),
    "sign": ("\ntitle: \x07\n", 2, "not valid YAML"),
    "deep": ("[" * 20_000, 1, "maximum nesting depth"),
    "large": ("x: " + "y" * 300_000, None, "larger than 256 KiB"),
    "large-regex": (_bad("s: {cs-uri|re: '" + "(a|b)?" * 40_000 + "'}\ncondition: s"), 4, "longer"),
    "python": ("title: !!python/object/apply:os.system ['true']\n", 1, "not valid YAML"),
    "surrogate": (_bad('s: {cs-uri: "\\ud800"}\ncondition: s'), None, ""),
}  # fmt: skip


@pytest.mark.parametrize(("text", "line", "said"), BROKEN.values(), ids=BROKEN)
def test_a_broken_file_is_named_with_line_and_reason(
    text: str, line: int | None, said: str
) -> None:
    """The rule beside it can be used; the message is short whatever the file holds."""
    book = sigma_lab.book(text, sigma_lab.rule("s: {cs-method: PUT}\ncondition: s", 7))
    assert [rule.about.title for rule in book.rules] == ["Rule 7"]
    (problem, *_) = book.errors
    assert problem.path == Path("0.yml")
    assert said in problem.message
    assert len(problem.message) < 600
    if line is not None:
        assert problem.line == line


def test_bytes_that_are_no_text_are_told(tmp_path: Path) -> None:
    """And a folder that is missing, and a file that cannot be opened."""
    folder = tmp_path / "rules"
    folder.mkdir()
    (folder / "bytes.yml").write_bytes(b"title: \xff\xfe")
    (folder / "gone.yml").symlink_to(folder / "nowhere")
    (folder / ".hidden.yml").write_text("no rule")
    (folder / "notes.txt").write_text("no rule")
    messages = {
        problem.path.name: problem.message
        for problem in load_rulebook([folder, tmp_path / "missing"]).problems
    }
    assert messages.keys() == {"bytes.yml", "gone.yml", "missing"}
    assert messages["bytes.yml"] == "is not UTF-8"


def test_of_two_rules_with_one_id_the_second_is_refused() -> None:
    """Findings of both would be taken for one."""
    book = sigma_lab.book(GOOD, GOOD.replace("/evil", "/other"))
    assert [rule.path.name for rule in book.rules] == ["0.yml"]
    assert "rule in 0.yml too" in book.errors[0].message


def test_a_correlation_falls_with_what_it_looks_at() -> None:
    """In whatever file that is, and however far away."""
    base = _bad("s: {bogus: x}\ncondition: s").replace("title: Rule 2", "title: B\nname: base")
    first = (
        "title: F\nname: first\ncorrelation: {type: event_count, rules: [base], timespan: 1m,"
        " condition: {gte: 2}}\n"
    )
    second = "title: S\ncorrelation: {type: temporal, rules: [first], timespan: 1m}\n"
    book = sigma_lab.book(base, first, second, GOOD)
    assert [rule.about.title for rule in book.rules] == ["Rule 1"]
    assert {problem.path.name for problem in book.errors} == {"0.yml", "1.yml", "2.yml"}


def test_a_correlation_stands_whatever_bad_files_come_before_it() -> None:
    """Only what is wrong, or rests on that, is refused."""
    base = GOOD.replace("title: Rule 1", "title: B\nname: base")
    counts = (
        "title: C\nname: counts\ncorrelation: {type: event_count, rules: [base], timespan: 1m,"
        " condition: {gte: 2}}\n"
    )
    book = sigma_lab.book(_bad("s: {bogus: x}\ncondition: s"), base, counts)
    assert {problem.path.name for problem in book.errors} == {"0.yml"}
    assert "C" in [rule.about.title for rule in book.rules]


def test_retired_and_nameless_rules_are_used_with_a_note() -> None:
    """`deprecated`, `unsupported`, no id: the author's business, not an error."""
    old = sigma_lab.rule("s: {cs-method: PUT}\ncondition: s", 3, status="unsupported")
    bare = GOOD.replace(f"id: {sigma_lab.rule_id(1)}\n", "")
    book = sigma_lab.book(old, bare)
    assert len(book.rules) == 2
    assert book.errors == ()
    assert sorted(problem.message.partition(":")[0] for problem in book.problems) == [
        "has no id; its findings are of sigma",
        "status unsupported",
    ]
    again = sigma_lab.book(bare)
    assert again.rules[0].detector == book.rules[1].detector


def test_a_bad_filter_is_told_and_changes_nothing() -> None:
    """One that fits no rule is a note."""
    bad = (
        "title: F\nlogsource: {category: webserver}\n"
        "filter: {rules: any, f: {bogus: x}, condition: not f}\n"
    )
    idle = bad.replace("bogus", "cs-method").replace("any", "[nobody]")
    book = sigma_lab.book(GOOD, bad, idle)
    assert len(book.rules) == 1
    assert [problem.path.name for problem in book.errors] == ["1.yml"]
    assert [problem.path.name for problem in book.problems if problem.is_warning] == ["2.yml"]


def _taken(sources: list[Path], folder: Path, *, replace: bool = False) -> shelf.Intake:
    intake = shelf.take_in(sources, folder, [folder], replace=replace)
    shelf.write(intake.candidates)
    return intake


def test_names_of_files_are_data(tmp_path: Path) -> None:
    """A copy lies in the folder under a harmless name, and never on another file."""
    folder = tmp_path / "rules" / "sigma"
    source = tmp_path / "in"
    source.mkdir()
    names = ["%2e%2e%2fx.yml", "a\nb.yml", "規則.yml", "-rf.yml", "same.yml", "same.yaml"]
    for number, name in enumerate(names):
        text = sigma_lab.rule("s: {cs-method: PUT}\ncondition: s", number + 10)
        (source / name).write_text(text)
    intake = _taken(shelf.sources_of(source), folder)
    assert intake.problems == ()
    assert {path.name for path in folder.iterdir()} == {
        "2e_2e_2fx.yml",
        "a_b.yml",
        "rule.yml",
        "rf.yml",
        "same.yml",
        f"same-{sigma_lab.rule_id(14)[:8]}.yml",
    }
    with pytest.raises(MimamoriError, match="cannot be written"):
        shelf.write(intake.candidates)


def test_what_is_there_stays_unless_it_is_to_be_replaced(tmp_path: Path) -> None:
    """The same content again is nothing new; the same id with other content needs a word."""
    folder = tmp_path / "rules"
    source = tmp_path / "rule.yml"
    source.write_text(GOOD)
    assert len(_taken([source], folder).candidates) == 1
    again = _taken([source], folder)
    assert again.unchanged == (source,)
    source.write_text(GOOD.replace("/evil", "/worse"))
    refused = _taken([source], folder)
    assert refused.candidates == ()
    assert "too" in refused.problems[0].message
    assert "/evil" in (folder / "rule.yml").read_text()
    replaced = _taken([source], folder, replace=True)
    assert replaced.candidates[0].replaced == (folder / "rule.yml",)
    assert [path.read_text() for path in folder.iterdir()] == [source.read_text()]


def test_a_rule_is_found_by_id_name_or_path(tmp_path: Path) -> None:
    """One of several in a file only by the file."""
    two = sigma_lab.rule("s: {cs-method: PUT}\ncondition: s", 2)
    three = sigma_lab.rule("s: {cs-method: PUT}\ncondition: s", 3)
    (tmp_path / "one.yml").write_text(GOOD)
    (tmp_path / "more.yml").write_text(f"{two}---\n{three}")
    for wanted in (sigma_lab.rule_id(1), f"sigma:{sigma_lab.rule_id(1)}", "one.yml"):
        assert shelf.find(tmp_path, wanted) == tmp_path / "one.yml"
    assert shelf.find(tmp_path, str(tmp_path / "one.yml")) == tmp_path / "one.yml"
    with pytest.raises(UsageError, match="holds 2 rules"):
        shelf.find(tmp_path, sigma_lab.rule_id(2))
    for wanted in ("../one.yml", "nobody", sigma_lab.rule_id(99)):
        with pytest.raises(UsageError, match="no such rule"):
            shelf.find(tmp_path, wanted)
