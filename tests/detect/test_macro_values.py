"""What the SQL functions give for worked examples, at and beside each of their limits."""

from collections.abc import Iterator

import duckdb
import pytest

from pipelines.detect.aggregates import load_macros


@pytest.fixture(scope="module")
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection that knows the functions."""
    with duckdb.connect() as opened:
        load_macros(opened)
        yield opened


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("[is_access(one) for one in [199, 200, 299, 300, 303, 304, 305, null]]",
         [False, True, True, False, False, True, False, None]),
        ("[is_admitted(one, null) for one in [302, 399, 400, null]]", [True, True, False, None]),
        ("[is_admitted(200, one) for one in ['success', 'failure']]", [True, False]),
        ("minutes_between(timestamp '2026-11-19 10:00', timestamp '2026-11-19 11:30:30')", 90.5),
        ("instant_of_ns(1795050000123456789) = make_timestamptz(1795050000123456)", True),
        ("half(3)", 1.5),
        ("[is_most(one, 10) for one in [5, 6]]", [False, True]),
        ("[hour_shifted(one, 3) for one in [0, 20, 21, 22]]", [3, 23, 0, 1]),
        ("[hour_shifted(one, -3) for one in [0, 3]]", [21, 0]),
        ("first_ten([12 - one for one in range(12)])", [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]),
        ("longest_day_minutes()", 1500),
        ("network_of('192.0.2.7')", "192.0.0.0/16"),
        ("subnet_of('192.0.2.7')", "192.0.2.0/24"),
        ("network_of('2001:db8:1:2::7')", "2001:db8::/32"),
        ("subnet_of('2001:db8:1:2::7')", "2001:db8:1::/48"),
        ("subnet_of('2001:db8::7')", "2001:db8:0::/48"),
        ("network_of('somewhere')", None),
        ("[page_of_names(one, null) for one in ['/a/b', '/a/b/', '/a/b.PNG', '/a/b.pdf', '/a']]",
         ["/a/*", "/a/*", None, None, "/*"]),
        ("[page_of_names(one, 'name=x') for one in ['/a/b', '/a/b.js']]", ["/a/b", None]),
        ("slash64_of('2001:db8::7')", "2001:db8::/64"),
        ("slash64_of('2001:db8:0:a00:1:2:3:4')", "2001:db8:0:a00::/64"),
        ("subnet_of('2001:db8:0:a00::/64')", "2001:db8:0::/48"),
        ("[slash64_of(one) for one in ['192.0.2.7', 'somewhere', '2001:db8::/64']]",
         [None, None, None]),
        ("[is_from(one, ['192.0.2.7', '2001:db8::/64']) for one in ['192.0.2.7', '192.0.2.8']]",
         [True, False]),
        ("[is_from(one, ['2001:db8::/64']) for one in ['2001:db8::1', '2001:db8:0:1::1', 'x']]",
         [True, False, False]),
        ("address_key('192.0.2.7')", "4192000002007"),
        ("address_key('2001:db8::7')", "620010db8000000000000000000000007"),
        ("address_key('1:2:3:4:5:6:7:8')", "600010002000300040005000600070008"),
        ("[subject_digits(one) for one in ['a12', '12a', 'a123-4', '123_a', '12-4', '1234-']]",
         ["12", "", "123", "123", "4", ""]),
        ("[subject_number(one) for one in ['0042', 'c-77', 'none', '1234567890123456']]",
         [42, 77, None, 234567890123456]),
        ("[subject_key(one) for one in ['0042', '0042a', '420']]", ["42", "0042a", "420"]),
        ("[own_number(one) for one in ['c77', 'st-007', '77', 'c77x', 'c']]",
         ["77", "7", "77", None, None]),
        # The upper half of the lower 64 bits of the MD5 digest.
        ("subject_hash('0042')", 2790829300),
        ("half_width('ＡＢ１２')", "AB12"),
        ("with_doubt(0.5::double, 0.1)", pytest.approx(0.65)),
        ("own_weight(0, 5, 0.1, 0.5)", 0),
        ("own_weight(5, 0, 0.1, 0.5)", 0),
        ("own_weight(4, 10, 0.1, 0.5)", pytest.approx(0.5 / 0.55)),
        ("own_weight(1, 10, 0.1, 0.5)", pytest.approx(0.5 / 0.7)),
        ("own_weight(5, 1, 0.1, 0.5)", pytest.approx(0.5 / 0.72)),
        ("shrunk(0.5, 8, null)", 4),
        ("shrunk(1, 8, 2)", 8),
        ("shrunk(0.5, 8, 2)", 5),
        ("shrunk(0.5, 2, 8)", pytest.approx(4)),
        ("shrunk(0.25, 5, 5)", pytest.approx(5)),
        ("class_of_day(false, true, 3)", 0),
        ("class_of_day(true, true, 3)", 8),
        ("class_of_day(true, false, 3)", 3),
        ("beside_excess(9, 4, 0.1, 5)", pytest.approx(5 / 4 * 25 - 4 - 1.6)),
        ("beside_excess(90, 4, 0.1, 5)", pytest.approx(5 / 4 * 144 - 4 - 1.6)),
        ("geometric_tail(3, 1.0)", 0.125),
        ("geometric_tail(90, 1.0)", 1e-12),
        ("nb_tail_of(0, 5.0, 0.3)", 1),
        ("nb_tail_of(1, 4.0, 1.0)", pytest.approx(0.8)),
        ("nb_tail_of(1, 1.0, 1.0)", pytest.approx(0.5)),
        ("days_among(5::hugeint)", 2),
    ],
)  # fmt: skip
def test_function_gives_what_its_definition_says(
    con: duckdb.DuckDBPyConnection, expression: str, value: object
) -> None:
    """One example for each way that it can go, and the values around each limit."""
    assert con.execute(f"select {expression}").fetchall() == [(value,)]


def test_hours_and_statuses_are_counted_in_order(con: duckdb.DuckDBPyConnection) -> None:
    """Each once, lines without a status last."""
    con.execute(
        "create or replace temp table seen as select * from (values"
        " (timestamp '2026-11-19 10:59', 404), (timestamp '2026-11-19 09:00', 200),"
        " (timestamp '2026-11-19 10:00', 404), (timestamp '2026-11-19 10:01', null)"
        ") as one (seen_at, status)"
    )
    assert con.execute(
        "select hourly_counts(seen_at), status_counts(status) from seen"
    ).fetchall() == [
        (
            [{"hour": 9, "value": 1}, {"hour": 10, "value": 3}],
            [
                {"status": 200, "count": 1},
                {"status": 404, "count": 2},
                {"status": None, "count": 1},
            ],
        )
    ]
    assert con.execute("select status_counts(status) from seen where status = 200").fetchall() == [
        ([{"status": 200, "count": 1}],)
    ]


def test_evidence_of_a_source_names_each_once(con: duckdb.DuckDBPyConnection) -> None:
    """Users, countries and browsers without what is not known; three browsers at most."""
    (row,) = con.execute(
        "select source_evidence(seen_at, 200, who, country, agent) from (values"
        " (timestamp '2026-11-19 10:00', 'st-2', 'JP', 'd'),"
        " (timestamp '2026-11-19 10:00', 'st-2', 'JP', 'a'),"
        " (timestamp '2026-11-19 10:00', 'st-1', 'FR', 'c'),"
        " (timestamp '2026-11-19 10:00', null, null, 'b'),"
        " (timestamp '2026-11-19 10:00', null, null, null)"
        ") as one (seen_at, who, country, agent)"
    ).fetchall()[0]
    assert row["users"] == ["st-1", "st-2"]
    assert row["countries"] == ["FR", "JP"]
    assert row["browsers"] == ["a", "b", "c"]
