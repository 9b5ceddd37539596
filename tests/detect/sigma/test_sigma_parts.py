"""The parts that rules are made of: texts, needs, fields, what a rule says of itself."""

import ipaddress
from pathlib import Path
from typing import Any

import duckdb
import pytest
from sigma.rule.logsource import SigmaLogSource

from pipelines.detect.sigma.document import LARGEST_FILE, Document, parse_documents, read_content
from pipelines.detect.sigma.fields import Domain, canonical, column_sql
from pipelines.detect.sigma.logsource import misfit
from pipelines.detect.sigma.match import Match, Probe, all_of, any_of, none_of, strength
from pipelines.detect.sigma.parse import parse_file
from pipelines.detect.sigma.problem import Problem, brief
from pipelines.detect.sigma.raise_findings import _strength
from pipelines.detect.sigma.reads import columns_read
from pipelines.detect.sigma.rule import is_retired, severity_of
from pipelines.detect.sigma.share import Share
from pipelines.detect.sigma.shelf import Candidate, _free_name, find, held_back
from pipelines.detect.sigma.texts import escaped, folded, literal, required_text, sought
from pipelines.findings import Severity
from pipelines.normalise.networks import address_key
from tests.detect.sigma import sigma_lab

_PUT = "s: {cs-method: PUT}\ncondition: s"


@pytest.mark.parametrize(
    ("pattern", "needed"),
    [
        ("", None),
        ("abc", "abc"),
        ("ABC", "abc"),
        ("a*", None),
        ("ab*c", "a"),
        ("ab*cde", "cde"),
        ("ab+c", "ab"),
        ("ab+?cde", "cde"),
        ("abc??de", "ab"),
        ("ab{2}cd", "cd"),
        ("abc{2,}d", "ab"),
        ("ab{0,3}?cd", "cd"),
        (r"a\.b", "a.b"),
        (r"a\nb", "a\nb"),
        (r"ab\dcde", "cde"),
        (r"a\x41b", None),
        (r"ab\Qcd", None),
        ("ab\\", None),
        ("[abc]def", "def"),
        ("[^]ab]cd", "cd"),
        ("[]ab]cd", "cd"),
        (r"[\]ab]cd", "cd"),
        ("[[:alpha:]x]cd", "cd"),
        ("[[:a]bcd", "bcd"),
        ("[a][b]cd[e]f", "cd"),
        ("[abc", None),
        ("[]", None),
        ("[^]", None),
        ("(ab)cde", "cde"),
        ("(a(b|c)d)ef", "ef"),
        (r"(a\)b)cd", "cd"),
        ("([)])cd", "cd"),
        ("([)cd", None),
        ("(ab", None),
        ("((ab)", None),
        ("(?i)abc", "abc"),
        ("(?-s)abc", "abc"),
        ("(?i:ab)cd", "cd"),
        ("ab(?s)cd", "ab"),
        ("ab|cd", None),
        ("ab)cd", None),
        ("^abc$", "abc"),
        ("ab.cde", "cde"),
        ("abécde", "cde"),
        ("ab(c)?de(f)*", "ab"),
    ],
)
def test_the_longest_text_that_a_pattern_requires(pattern: str, needed: str | None) -> None:
    """At its top level; what may be left out, or stands for several, is not required."""
    assert required_text(pattern) == needed


def test_texts_as_they_are_written_and_looked_up() -> None:
    """In SQL with quotes and NULs, in lower case letter by letter, in a regular expression."""
    for text in ("a'b", "a\x00b", "\x00", "", "a\x00\x00'b"):
        assert duckdb.execute(f"select {literal(text)}").fetchone() == (text,)
        assert duckdb.execute(
            f"select regexp_full_match({literal(text)}, {literal(escaped(text))})"
        ).fetchone() == (True,)
    assert escaped("a.b*c") == r"a\.b\*c"
    assert folded("AİÉſ") == "aiéſ"
    assert sought("Sſ") == "ss"


def _probe(text: str | None) -> Probe:
    return Probe(Domain.TARGET, literal=text) if text else Probe(Domain.TARGET, sql="true")


def _match(sql: str, *needs: str | None) -> Match:
    return Match(
        sql, frozenset({f"column_{sql}"}), tuple(frozenset({_probe(one)}) for one in needs)
    )


def test_all_parts_need_what_each_needs_the_longest_first() -> None:
    """Four of them are kept; the weakest of several probes is what a need is worth."""
    match = all_of([_match("a", "xx", None), _match("b", "x", "xxxx"), _match("c", "xxx", "xx")])
    assert match.sql == "(a and (b and c))"
    assert match.columns == {"column_a", "column_b", "column_c"}
    assert [strength(need) for need in match.needs] == [4, 3, 2, 1]
    assert strength(frozenset({_probe("xxx"), _probe("xx")})) == 2
    assert strength(frozenset({_probe("xxx"), _probe(None)})) == 0


def test_any_part_needs_one_of_what_each_needs_most() -> None:
    """Nothing where a part needs nothing."""
    match = any_of([_match("a", "xx", "y"), _match("b", "z")])
    assert (match.sql, match.needs) == ("(a or b)", (frozenset({_probe("xx"), _probe("z")}),))
    assert any_of([_match("a", "xx"), _match("b")]).needs == ()
    assert none_of(_match("a", "xx")) == Match("(not a)", frozenset({"column_a"}))
    four = [_match(letter) for letter in "abcd"]
    assert all_of(four).sql == "((a and b) and (c and d))"
    assert any_of(four[:1]).sql == "a"


@pytest.mark.parametrize(
    ("name", "spelt"),
    [
        ("CS_Method", "cs-method"),
        (" cs.method ", "cs-method"),
        ("cs(User-Agent)", "cs-user-agent"),
        ("cs(Referer", "cs(referer"),
        ("sc-status", "sc-status"),
    ],
)
def test_a_field_has_one_spelling(name: str, spelt: str) -> None:
    """Case, blanks about it, underscores, points and brackets count for nothing."""
    assert canonical(name) == spelt


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("target", "/A%20b+c/x.JSP?Q=%41+b"),
        ("stem", "/A%20b+c/x.JSP"),
        ("extension", "JSP"),
        ("target_lower", "/a%20b+c/x.jsp?q=%41+b"),
        ("target_decoded", "/A b+c/x.JSP?Q=A+b"),
        ("target_form", "/A b c/x.JSP?Q=A b"),
        ("target_form_lower", "/a b c/x.jsp?q=a b"),
        ("method", "GET"),
    ],
)
def test_forms_of_a_column(column: str, value: str) -> None:
    """As logged, in lower case, decoded once, with plus as a space."""
    row = duckdb.execute(
        f"select {column_sql(column)} from (select '/A%20b+c/x.JSP' as url_path,"
        " 'Q=%41+b' as url_query, 'GET' as method)"
    ).fetchone()
    assert row == (value,)


def test_addresses_sort_in_sql_as_in_python() -> None:
    """Networks are compared with the keys of their first and last address."""
    for text in ("192.0.2.1", "2001:db8::", "2001:db8::1", "2001:db8:1:2:3:4:5:6", "::1", "::"):
        row = duckdb.execute(
            f"select {column_sql('client_ip_key')} from (select ? as client_ip)", [text]
        ).fetchone()
        assert row == (address_key(ipaddress.ip_address(text)),)


@pytest.mark.parametrize(
    ("rows", "found"),
    [
        ("192.0.2.0/31", ["192.0.2.0", "192.0.2.1"]),
        ("192.0.2.1/32", ["192.0.2.1"]),
        ("2001:db8::/127", ["2001:db8::", "2001:db8::1"]),
    ],
)
def test_a_network_ends_with_its_last_address(rows: str, found: list[str]) -> None:
    """And begins with its first."""
    near = ["192.0.1.255", "192.0.2.0", "192.0.2.1", "192.0.2.2"]
    near += ["2001:db8::", "2001:db8::1", "2001:db8::2"]
    hits = sigma_lab.hits(
        f"s: {{c-ip|cidr: '{rows}'}}\ncondition: s", [{"client_ip": one} for one in near]
    )
    assert [near[number] for number in hits] == found


@pytest.mark.parametrize(
    ("source", "is_fit"),
    [
        ({"category": "webserver"}, True),
        ({"category": "Proxy"}, True),
        ({"category": "process_creation"}, False),
        ({"product": "nginx"}, True),
        ({"product": "windows"}, False),
        ({"service": "iis"}, True),
        ({"product": "apache", "service": "access"}, True),
        ({"product": "apache", "service": "error"}, False),
        ({"category": "webserver", "service": "error"}, False),
        ({"category": "file_event", "product": "nginx"}, False),
        ({"category": "webserver", "product": "windows"}, True),
    ],
)
def test_log_sources_of_an_access_log(source: dict[str, Any], is_fit: bool) -> None:
    """A web server's or a proxy's, by category or by product; no error log's."""
    said = misfit(SigmaLogSource(**source))
    assert (said is None) is is_fit
    if said is not None:
        named = ", ".join(f"{key} {value!r}" for key, value in source.items())
        assert said.startswith(f"log source {named} is none")


@pytest.mark.parametrize(
    ("level", "severity"),
    [
        (None, Severity.MEDIUM),
        ("low", Severity.LOW),
        ("critical", Severity.CRITICAL),
        ("informational", Severity.INFO),
    ],
)
def test_the_level_of_a_rule_is_the_severity(level: str | None, severity: Severity) -> None:
    """In the middle where it has none."""
    assert severity_of(level) is severity


@pytest.mark.parametrize(
    ("tags", "measures"),
    [
        ("[]", (4, 6)),
        ("[attack.credential-access]", (1, 4, 6)),
        ("[attack.initial_access, attack.t1190]", (2, 4, 6)),
        ("[attack.exfiltration, attack.collection, cve.2021-44228]", (4, 6)),
    ],
)
def test_tactics_name_further_measures(tags: str, measures: tuple[int, ...]) -> None:
    """Beside the two that every rule serves."""
    (rule,) = sigma_lab.book(sigma_lab.rule(_PUT, tags=tags)).rules
    assert rule.measures == measures


@pytest.mark.parametrize(
    ("status", "is_over"), [("stable", False), ("deprecated", True), ("unsupported", True)]
)
def test_rules_that_their_author_has_given_up(status: str, is_over: bool) -> None:
    """And those of which nothing is said."""
    given, silent = sigma_lab.book(
        sigma_lab.rule(_PUT, 1, status=status), sigma_lab.rule(_PUT, 2)
    ).rules
    assert (is_retired(given.about), is_retired(silent.about)) == (is_over, False)


def test_columns_that_a_rule_reads_are_those_of_the_record() -> None:
    """Whatever form of them it reads; a correlation reads those of its rules too."""
    base = sigma_lab.rule("s: {cs-uri|contains: x, sc-status: 404}\ncondition: s", 1)
    base = base.replace("title: Rule 1", "title: Rule 1\nname: base")
    several = (
        "title: C\ncorrelation: {type: event_count, rules: [base], group-by: [c-ip],"
        " timespan: 1m, condition: {gte: 2}}\n"
    )
    keyword = sigma_lab.rule("k: ['x']\ncondition: k", 3)
    book = sigma_lab.book(base, several, keyword)
    found = columns_read(book.rules)
    titles = {one.about.title: one for one in book.rules}
    assert found.keys() == {one.detector for one in book.rules if one.is_reported}
    assert found[titles["C"].detector] == {"client_ip", "status", "url_path"}
    assert found[titles["Rule 3"].detector] == {"url_path", "referrer", "user_agent"}


@pytest.mark.parametrize(
    ("matched", "records", "is_too_much"),
    [
        (100, 10_000, False),
        (101, 10_000, True),
        (99, 100, False),
        (100, 100, True),
        (100, 9_999, True),
        (0, 0, False),
    ],
)
def test_a_rule_that_matches_too_much(matched: int, records: int, is_too_much: bool) -> None:
    """More than one in a hundred, and a hundred at least; nothing where there is no record."""
    share = Share(matched, records, 7)
    assert share.is_too_much is is_too_much
    assert share.share == (matched / records if records else 0)


def test_a_file_is_held_back_for_its_rule(tmp_path: Path) -> None:
    """With figures that whoever put it in can judge by."""
    one, other = sigma_lab.book(sigma_lab.rule(_PUT, 1), sigma_lab.rule(_PUT, 2)).rules
    candidates = [
        Candidate(tmp_path / f"{rule.about.title}.yml", b"", (rule,), tmp_path / "x.yml")
        for rule in (one, other)
    ]
    found = {one.detector: Share(1_500, 30_000, 7), other.detector: Share(5, 30_000, 7)}
    ((path, problem),) = held_back(candidates, found).items()
    assert path == tmp_path / "Rule 1.yml"
    assert (
        "Rule 1: would match 5.0% of the records of the last 7 days (1,500 of 30,000), more than 1%"
        in problem.message
    )
    assert held_back(candidates, {}) == {}


@pytest.mark.parametrize(
    ("name", "taken", "copy"),
    [
        ("a.yaml", (), "a.yml"),
        ("a b/../c.yml", (), "c.yml"),
        ("…", (), "rule.yml"),
        ("-._x_.-.yml", (), "x.yml"),
        ("y" * 80 + ".yml", (), "y" * 80 + ".yml"),
        ("y" * 81 + ".yml", (), "y" * 80 + ".yml"),
        ("a.yml", ("a.yml",), "a-00000000.yml"),
        ("a.yml", ("a.yml", "a-00000000.yml"), "a-2.yml"),
        ("a.yml", ("a.yml", "a-00000000.yml", "a-2.yml"), "a-3.yml"),
    ],
)
def test_the_name_of_a_copy(name: str, taken: tuple[str, ...], copy: str) -> None:
    """The harmless part of the file's own; told apart by the rule's id, then by a number."""
    rules = sigma_lab.book(sigma_lab.rule(_PUT, 1)).rules
    assert _free_name(Path(name), rules, set(taken)) == copy


def test_a_file_of_the_folder_is_found_by_another_path_to_it(tmp_path: Path) -> None:
    """A link leads to it, and a file of the same name elsewhere is another."""
    folder, other = tmp_path / "rules", tmp_path / "other"
    folder.mkdir()
    other.mkdir()
    (folder / "a.yml").write_text(sigma_lab.rule(_PUT, 1))
    (folder / "b.yml").write_text(sigma_lab.rule(_PUT, 2))
    (other / "link.yml").symlink_to(folder / "b.yml")
    assert find(folder, str(other / "link.yml")) == folder / "b.yml"
    assert find(folder, "b.yml") == folder / "b.yml"


@pytest.mark.parametrize(
    ("row", "score"),
    [
        ({"requests": 1}, 10.0),
        ({"requests": 10}, 22.0),
        ({"requests": 50}, 30.4),
        ({"requests": 10, "successes": 1}, 57.0),
        ({"requests": 10, "successes": 1, "personal_successes": 1}, 77.0),
        ({"requests": 10**5, "successes": 1, "personal_successes": 1}, 100.0),
        ({"requests": 10**8}, 100.0),
    ],
)
def test_strength_of_what_a_rule_found(row: dict[str, Any], score: float) -> None:
    """By the order of magnitude, more where it was answered, most where data of people was."""
    assert _strength({"successes": 0, "personal_successes": 0, **row}) == score


@pytest.mark.parametrize(("length", "end"), [(400, "x"), (401, "…")])
def test_a_message_can_be_read_to_its_end(length: int, end: str) -> None:
    """In one line of 400 characters at most; a problem names its line where there is one."""
    text = brief("x" * length)
    assert (len(text), text[-1]) == (400, end)
    assert brief(" a\n\tb ") == "a b"
    assert str(Problem(Path("a.yml"), 3, "no")) == "a.yml:3: no"
    assert str(Problem(Path("a.yml"), None, "no")) == "a.yml: no"
    assert Problem(Path("a.yml"), 0, "no").is_warning is False


def test_a_file_of_256_kib_is_read_and_a_larger_one_is_refused(tmp_path: Path) -> None:
    """One byte more tells that it is too large; no more is read."""
    assert LARGEST_FILE == 256 * 1024
    path = tmp_path / "a.yml"
    text = sigma_lab.rule(_PUT, 1).encode()
    path.write_bytes(text + b"#" * (LARGEST_FILE - len(text)))
    assert parse_file(path).problems == ()
    path.write_bytes(text + b"#" * (LARGEST_FILE + 5 - len(text)))
    content = read_content(path)
    assert isinstance(content, bytes)
    assert len(content) == LARGEST_FILE + 1
    (problem,) = parse_file(path).problems
    assert problem.message.startswith("is larger than 256 KiB")


def test_places_of_a_document_have_their_lines() -> None:
    """The nearest above where there is none; a field by its name, whatever modifiers it has."""
    text = b"title: x\ndetection:\n  s:\n    - a|contains: 1\n      b: 2\n  condition: s\n"
    found = parse_documents(Path("a.yml"), b"\n\n---\n" + text)
    assert isinstance(found, tuple)
    (document,) = found
    assert isinstance(document, Document)
    assert [document.line_of(*keys) for keys in ((), ("title",), ("detection", "condition"))] == [
        4, 4, 9,
    ]  # fmt: skip
    assert document.line_of("detection", "none") == 5
    assert [document.line_of_field(name) for name in ("a", "b", "contains", "c")] == [7, 8, 4, 4]


@pytest.mark.parametrize(
    ("timespan", "is_read"), [("1d", True), ("86400s", True), ("86401s", False), ("25h", False)]
)
def test_a_correlation_looks_at_a_day_at_most(timespan: str, is_read: bool) -> None:
    """Each day is looked at by itself."""
    base = sigma_lab.rule(_PUT, 1).replace("title: Rule 1", "title: Rule 1\nname: base")
    several = (
        "title: C\ncorrelation: {type: event_count, rules: [base], group-by: [c-ip],"
        f" timespan: {timespan}, condition: {{gte: 2}}}}\n"
    )
    book = sigma_lab.book(base, several)
    assert [one.message.partition(":")[0] for one in book.errors] == (
        [] if is_read else ["a day is looked at by itself"]
    )


def test_a_correlation_of_rules_that_are_not_there_is_told_once() -> None:
    """By the first of them: it falls as a whole."""
    several = "title: C\ncorrelation: {type: temporal, rules: [one, other], timespan: 1m}\n"
    (problem,) = sigma_lab.book(several).errors
    assert "'one'" in problem.message
