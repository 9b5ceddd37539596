"""Who a request is about: one person, by a value that can be told from others."""

from pathlib import Path

import duckdb
import pytest

from pipelines.errors import UsageError
from pipelines.paths import Home
from pipelines.privacy.epochs import EpochKeys
from pipelines.subject.person import Kind, Person, person_of
from pipelines.subject.places import own_corrections, own_rows
from pipelines.subject.reidentify import Match, reidentify, with_pseudonyms
from pipelines.subject.returned import values_in
from tests.memory_lake import insert


def _person_of(con: duckdb.DuckDBPyConnection, **named: str) -> Person:
    return person_of(con, **{"user": None, "ip": None, "subject": None} | named)


@pytest.mark.parametrize(
    ("kind", "value", "text"),
    [
        ("user", "sato hanako", "u=sato+hanako"),
        ("user", "sato hanako", "u=sato%20hanako"),
        ("user", "sato.hanako", "u=SATO.Hanako"),
        ("user", "a&b.c", "u=a&amp;b.c"),
        ("user", "佐藤", "\\u4f50\\u85e4"),
        ("user", "ＡＢＣ", "ａｂｃ"),
        ("subject", 'q"7', '{"x": "q\\"7"}'),
        ("subject", "12 34", "12+34"),
        ("subject", "AB<1", "AB&lt;1"),
        ("subject", "0012", "x/0012"),
        ("ip", "2001:db8::A", "2001:DB8::a"),
        ("ip", "192.0.2.1", "192%2e0%2E2.1"),
    ],
)
def test_the_lake_finds_a_value_in_each_of_its_spellings_alone(
    kind: Kind, value: str, text: str
) -> None:
    """A text that has one spelling and nothing else that could be encoded."""
    person = Person(kind, value, (value,))
    assert person.is_in(text)
    with duckdb.connect() as con:
        (found,) = con.execute(
            f"select {person.matches('own')} from (select ? as own)", [text]
        ).fetchall()
    assert found == (True,)


@pytest.mark.parametrize(
    ("kind", "value", "text"),
    [
        ("subject", "abc", "ABC"),
        ("subject", "77", "177"),
        ("subject", "77", "77a"),
        ("ip", "192.0.2.1", "192.0.2.1a"),
        ("ip", "192.0.2.1", "1.192.0.2.1"),
        ("ip", "192.0.2.1", "192x0x2x1"),
        ("ip", "2001:db8::1", "1:2001:db8::1"),
        ("user", "st-1", "st%2d1%31"),
        ("user", "st-1", "%41st-1"),
        ("user", "st-1", "%7ast-1"),
        ("user", "st.1", "stx1"),
    ],
)
def test_anothers_value_is_not_found(kind: Kind, value: str, text: str) -> None:
    """A longer one, also where a letter or a digit beside it is encoded."""
    person = Person(kind, value, (value,))
    assert not person.is_in(text)
    with duckdb.connect() as con:
        (found,) = con.execute(
            f"select {person.matches('own')} from (select ? as own)", [text]
        ).fetchall()
    assert found == (False,)


@pytest.mark.parametrize("text", ["st-1", "st-1 st-1", "st-1 st-1 st-1 st-1", "a,st-1,st-1"])
def test_each_of_several_that_stand_side_by_side_is_replaced(text: str) -> None:
    """Of all spellings, the longest first."""
    person = Person("user", "st-1", ("st-1", "st-1 st"))
    expected = text.replace("st-1", "#")
    assert Person("user", "st-1", ("st-1",)).replaced_in(text, "#") == expected
    assert person.replaced_in("st-1 st", "#") == "#"
    assert person.replaced_in('{"u": "st-1"}', "#") == '{"u": "#"}'
    sql = Person("user", "st-1", ("st-1",)).replaced("own", "#")
    with duckdb.connect() as con:
        assert con.execute(f"select {sql} from (select ? as own)", [text]).fetchall() == [
            (expected,)
        ]


def test_exactly_one_person_is_named_by_three_characters_or_more(
    lake_in_memory: duckdb.DuckDBPyConnection,
) -> None:
    """Two would be found within others."""
    con = lake_in_memory
    assert _person_of(con, user=" abc ") == Person("user", "abc", ("abc",))
    assert _person_of(con, subject="123") == Person("subject", "123", ("123",))
    assert _person_of(con, ip="::1") == Person("ip", "::1", ("::1",))
    for named, why in (
        ({"user": "ab"}, "--user.* fewer than 3"),
        ({"subject": "12"}, "--subject.* fewer than 3"),
        ({}, "--subject / --user / --ip"),
        ({"user": "abc", "ip": "192.0.2.1"}, "--subject / --user / --ip"),
        ({"ip": "abc"}, "no IP address"),
    ):
        with pytest.raises(UsageError, match=why):
            _person_of(con, **named)


def test_a_user_has_all_accounts_that_lead_to_the_usual_one(
    lake_in_memory: duckdb.DuckDBPyConnection,
) -> None:
    """As rows and the directory spell them; none so short that it is found within others."""
    con = lake_in_memory
    for user, usual in (
        ("ST\\sato", "sato"), ("adm-sato", "sato"), ("s-1", "sato"), ("ab", "sato"),
        ("x\\ota", "ota"),
    ):  # fmt: skip
        insert(con, "user_alias", user_id=user, usual_id=usual)
    insert(con, "request_fact", user_id="SATO")
    insert(con, "request_fact", user_id="ota")
    insert(con, "person", user_id="Sato")
    expected = {"sato", "ST\\sato", "adm-sato", "s-1", "SATO", "Sato"}
    person = _person_of(con, user="sato")
    assert (person.value, set(person.values)) == ("sato", expected)
    assert person.values[0] == "sato"
    assert set(_person_of(con, user="ST\\sato").values) == {"sato", "ST\\sato", "adm-sato", "s-1"}
    assert _person_of(con, subject="sato").values == ("sato",)


def test_rows_of_their_own_are_those_of_a_user_an_address_or_a_data_subject(
    lake_in_memory: duckdb.DuckDBPyConnection,
) -> None:
    """By any of the values; a row without one is nobody's."""
    con = lake_in_memory
    for number, address in enumerate(("192.0.2.1", "192.0.2.2"), 1):
        insert(con, "client", client_id=number, client_ip=address)
        insert(con, "request_fact", event_id=number, client_id=number)
    for number, column in ((3, "user_id"), (4, "subject_id")):
        insert(con, "request_fact", event_id=number, **{column: "it's"})
        insert(con, "correction", correction_id=column, person_kind=column[:-3], persons=["it's"])

    def found(kind: Kind, *values: str) -> tuple[list[int], list[str]]:
        person = Person(kind, values[0], values)
        rows = con.execute(
            f"select event_id::int from lake.request_fact as own where {own_rows(person)}"
        ).fetchall()
        notes = con.execute(
            f"select correction_id from lake.correction as own where {own_corrections(person)}"
        ).fetchall()
        return [one for (one,) in rows], [one for (one,) in notes]

    assert found("ip", "192.0.2.2", "192.0.2.9") == ([2], [])
    assert found("user", "x-1", "it's") == ([3], ["user_id"])
    assert found("subject", "it's") == ([4], ["subject_id"])
    assert found("user", "x-1") == ([], [])


def test_a_pseudonym_is_known_by_trying_what_is_known_with_each_key(
    lake_in_memory: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    """Of users, addresses and data subjects; rows that are pseudonymised have no value to try."""
    con, home = lake_in_memory, Home(tmp_path)
    home.keys.mkdir(mode=0o700)
    keys = EpochKeys(home)
    with pytest.raises(UsageError, match="no pseudonym"):
        reidentify(con, home, "pn-1")
    with pytest.raises(UsageError, match="anonymous"):
        reidentify(con, home, "pn-" + "0" * 20)
    first, second = keys.made("2026-01.3"), keys.made("2026-04.3")
    insert(con, "request_fact", user_id="sato", subject_id="C-77")
    insert(con, "request_fact", user_id="tanaka", pseudonym_epoch="2026-01.3")
    insert(con, "person", user_id="ota", usual_id="ota-usual")
    insert(con, "user_alias", user_id="X\\ueda", usual_id="ueda")
    insert(con, "client", client_id=1, client_ip="192.0.2.1")
    insert(con, "client", client_id=2)
    for epoch, key, kind, value in (
        ("2026-01.3", first, "user", "sato"),
        ("2026-04.3", second, "user", "sato"),
        ("2026-04.3", second, "user", "ota"),
        ("2026-04.3", second, "user", "ota-usual"),
        ("2026-04.3", second, "user", "ueda"),
        ("2026-04.3", second, "client", "192.0.2.1"),
        ("2026-04.3", second, "subject", "C-77"),
    ):
        assert reidentify(con, home, key.pseudonym(kind, value)) == [Match(epoch, kind, value)]
    unknown = first.pseudonym("user", "tanaka")
    assert reidentify(con, home, unknown) == []
    named = ["tanaka", "sato", "tanaka"]
    assert reidentify(con, home, unknown, named) == [Match("2026-01.3", "user", "tanaka")]


@pytest.mark.parametrize(
    ("kind", "name"), [("user", "user"), ("ip", "client"), ("subject", "subject")]
)
def test_a_person_is_sought_under_the_pseudonyms_of_all_keys_too(
    tmp_path: Path, kind: Kind, name: str
) -> None:
    """Of each of their values; without keys under the values alone."""
    home = Home(tmp_path)
    person = Person(kind, "192.0.2.1", ("192.0.2.1", "192.0.2.2"))
    home.keys.mkdir(mode=0o700)
    assert with_pseudonyms(home, person) == person
    made = [EpochKeys(home).made(epoch) for epoch in ("2026-01.3", "2026-04.3")]
    expected = [key.pseudonym(name, value) for key in made for value in person.values]
    assert with_pseudonyms(home, person).values == (*person.values, *expected)


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("", set()),
        ("ab", set()),
        ("abc", {"abc"}),
        ("a-b", {"a-b"}),
        ("ab c", {"ab c"}),
        ("abc/de", {"abc", "abc/de"}),
        ("sato%2Dh", {"sato", "sato%2Dh", "2Dh", "sato-h"}),
        ("abc&amp;d", {"abc", "abc&amp", "abc&amp;d", "amp", "amp;d", "abc&d"}),
        ("佐藤花", {"佐藤花"}),
    ],
)
def test_what_may_be_a_value_in_a_text_is_words_side_by_side(text: str, values: set[str]) -> None:
    """Of three characters or more, as they stand and decoded."""
    assert set(values_in([text])) == values


def test_a_value_has_up_to_eight_words() -> None:
    """A longer one is found by the rows that have it in columns alone."""
    words = "w1 w2 w3 w4 w5 w6 w7 w8 w9"
    found = list(values_in([words, "xyz"]))
    assert words[:-3] in found
    assert words[3:] in found
    assert words not in found
    assert found[-1] == "xyz"
