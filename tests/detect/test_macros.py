"""The SQL functions of the statistics, against exact sums and worked examples."""

from fractions import Fraction
from math import comb

import duckdb
import pytest

from pipelines.detect.aggregates import load_macros


def _value(expression: str, *values: float) -> float:
    con = duckdb.connect()
    load_macros(con)
    row = con.execute(f"select ({expression})::double", list(values)).fetchone()
    assert row is not None
    return float(row[0])


def _exact_tail(seen: int, mean: int, successes: int) -> float:
    """P(X >= seen) of a negative binomial of whole size, in fractions.

    X failures come before the r-th success just when fewer than r of the first X + r - 1 trials
    succeed: Feller, An Introduction to Probability Theory I, VI.8.
    """
    success = Fraction(successes, successes + mean)
    trials = seen + successes - 1
    return float(
        sum(
            comb(trials, won) * success**won * (1 - success) ** (trials - won)
            for won in range(successes)
        )
    )


@pytest.mark.parametrize("successes", [1, 2, 5, 20])
@pytest.mark.parametrize(("seen", "mean"), [(1, 3), (15, 3), (20, 20), (60, 20), (400, 90)])
def test_tail_is_that_of_the_exact_sum(seen: int, mean: int, successes: int) -> None:
    """The tail agrees with exact fractions wherever it is above its floor."""
    exact = _exact_tail(seen, mean, successes)
    tail = _value("nb_tail(?, ?, ?)", seen, mean, 1 / successes)
    assert tail == pytest.approx(max(exact, 1e-12), rel=1e-4, abs=2e-12)


def test_tail_of_a_geometric_count_is_its_power() -> None:
    """With dispersion 1 the tail is (mean / (1 + mean)) to the power of the count."""
    assert _value("nb_tail(10, 4.0, 1.0)") == pytest.approx(0.8**10, rel=1e-9)


def test_tail_of_great_counts_is_that_of_the_limit_and_never_smaller() -> None:
    """Of gigabytes the tail is that of the gamma limit: with dispersion 1, exp(-ratio)."""
    tail = _value("nb_tail(5e9, 1e9, 1.0)")
    assert 0.0067379 < tail < 0.0067379 * 1.02
    assert _value("nb_tail(1e18, 1e9, 0.3)") == 1e-12


def test_tail_knows_its_ends() -> None:
    """Nothing seen is certain; something where nothing is expected is as rare as can be told."""
    assert _value("nb_tail(0, 5.0, 0.3)") == 1.0
    assert _value("nb_tail(3, 0.0, 0.3)") == 1e-12


def test_tail_without_dispersion_is_nearly_that_of_a_poisson_count() -> None:
    """P(X >= 10 | mean 4) = 0.008132 in the tables of the Poisson distribution."""
    assert _value("nb_tail(10, 4.0, 0.0)") == pytest.approx(0.008132, rel=2e-3)


def test_a_person_counts_as_much_as_their_days_say() -> None:
    """With equal variances of work and levels one day weighs a half, nine days nine tenths."""
    assert _value("own_weight(1, 10.0, 0.3, 0.4)") == pytest.approx(0.5)
    assert _value("own_weight(9, 10.0, 0.3, 0.4)") == pytest.approx(0.9)
    assert _value("own_weight(0, 10.0, 0.3, 0.4)") == 0.0


def test_doubt_about_a_level_adds_to_the_dispersion() -> None:
    """Variance of a product of independent factors of mean 1: (1 + a)(1 + b) - 1."""
    assert _value("with_doubt(0.3, 0.5)") == pytest.approx(0.95)
    assert _value("with_doubt(0.3, 0.0)") == pytest.approx(0.3)


def test_requests_of_a_source_are_told_by_hour_and_answer() -> None:
    """In order of hours and statuses, what has no status last; names once and at most ten."""
    con = duckdb.connect()
    con.execute("set TimeZone = 'UTC'")
    load_macros(con)
    con.execute(
        "create table hit as select * from (values"
        " (timestamptz '2026-11-20 09:10:00Z', 403::usmallint, 'u2', 'JP', 'b'),"
        " (timestamptz '2026-11-20 09:20:00Z', null, 'u1', null, 'a'),"
        " (timestamptz '2026-11-20 02:00:00Z', 200, 'u2', 'JP', null)"
        ") as given (moment, status, user_id, country, user_agent)"
    )
    told = "select source_evidence(moment, status, user_id, country, user_agent) from hit"
    assert con.execute(told).fetchall() == [
        (
            {
                "series": [{"hour": 2, "value": 1}, {"hour": 9, "value": 2}],
                "statuses": [
                    {"status": 200, "count": 1},
                    {"status": 403, "count": 1},
                    {"status": None, "count": 1},
                ],
                "users": ["u1", "u2"],
                "countries": ["JP"],
                "browsers": ["a", "b"],
            },
        )
    ]
    (found,) = con.execute(f"{told} where status is null").fetchall()
    assert found[0]["statuses"] == [{"status": None, "count": 1}]
