"""An erased data subject is on no list of watched ones any more."""

from pathlib import Path

from pipelines import lake
from pipelines.detect.aggregates import load_macros
from pipelines.paths import Home
from pipelines.subject.erase import _unwatched
from pipelines.subject.person import Person


def test_a_data_subject_is_watched_no_more(tmp_path: Path) -> None:
    """In each spelling; others are, and a user of that name has no entry there."""
    with lake.open_writer(Home(tmp_path), "Asia/Tokyo") as con:
        load_macros(con)
        con.execute(
            "insert into lake.watch (subject_hash, kind)"
            " select watched_hash(value), 'vip' from (select unnest(['c7', 'C-7', 'c8']) as value)"
        )
        assert _unwatched(con, Person("user", "c7", ("c7", "C-7"))) == []
        (place,) = _unwatched(con, Person("subject", "c7", ("c7", "C-7")))
        left = con.execute("select count(*) from lake.watch").fetchone()
    assert (place.place, place.rows) == ("lake.watch", 2)
    assert left == (1,)
