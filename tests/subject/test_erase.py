"""Erasing a person: gone below the working folder, counts true, and nobody comes back."""

import datetime as dt
import hashlib
import json
import zlib

import duckdb
import pytest

from pipelines import lake
from pipelines.doctor.outcome import Status
from pipelines.doctor.store import check_proofs
from pipelines.errors import UsageError
from pipelines.lake.keyed_ids import KeyedIds, unkeyed
from pipelines.night import stages
from pipelines.privacy.epochs import PATTERN, EpochKeys
from pipelines.records import Records, Series
from pipelines.records.evidence import note_files
from pipelines.records.verify import verify
from pipelines.retention.holds import Criteria, add_hold, read_holds
from pipelines.subject.notes import Traces
from pipelines.subject.own_findings import OwnFindings
from pipelines.subject.person import Kind, Person, person_of
from pipelines.subject.register import Asked
from pipelines.subject.run import Erased, erase
from tests.byte_search import places_of
from tests.detect.replayed import only
from tests.retention.conftest import (
    NEW,
    NIGHT,
    NOW,
    OLD,
    World,
    canaries,
    copied,
    lines_of,
    night_world,
)

pytestmark = pytest.mark.slow

_ASKED = Asked("asked for", "Taro", "Hanako")


@pytest.fixture(scope="module")
def _night(tmp_path_factory: pytest.TempPathFactory) -> World:
    return night_world(tmp_path_factory)


@pytest.fixture
def world(_night: World, tmp_path) -> World:
    """A copy of a folder after its night."""
    return copied(_night, tmp_path)


def _erase(world: World, kind: Kind, value: str, *, with_landing: bool = False) -> Erased:
    with lake.open_writer(world.home, world.settings.timezone) as con:
        named = {"user": None, "ip": None, "subject": None} | {kind: value}
        person = person_of(con, **named)
        return erase(con, world.home, person, _ASKED, NOW, with_landing=with_landing)


@pytest.fixture(scope="module")
def _erased(_night: World, tmp_path_factory: pytest.TempPathFactory) -> World:
    world = copied(_night, tmp_path_factory.mktemp("erased"))
    _erase(world, "user", canaries(NEW, "main")["user"])
    return world


@pytest.fixture
def erased(_erased: World, tmp_path) -> World:
    """A copy of the folder after the erasure of the user of `NEW` and `main`."""
    return copied(_erased, tmp_path)


def _counts(world: World):
    return world.rows(
        "select log_date, site_id, count(*), sum(bytes), count(user_id), count(distinct user_id)"
        " from lake.access_log group by all order by all"
    )


@pytest.mark.parametrize(
    "kind", ["user", *(pytest.param(one, marks=pytest.mark.further) for one in ("ip", "subject"))]
)
def test_nothing_of_the_person_is_left_and_every_count_stays(world: World, kind: Kind) -> None:
    """Whatever the person is known by; the landing files are named, not changed."""
    one = canaries(NEW, "main")
    before = _counts(world)
    done = _erase(world, kind, one[kind])
    assert places_of(world.home, [one[kind]], but=[world.home.logs]) == {}
    assert _counts(world) == before
    assert done.rows >= 12
    assert f"logs/main/{NEW}.log" in {left.place for left in done.left}
    other = canaries(NEW, "shop")
    assert places_of(world.home, [other[kind]], but=[world.home.logs]).keys() == {other[kind]}
    with lake.open_reader(world.home, world.settings.timezone) as con:
        assert {found.status for found in check_proofs(con)} == {Status.OK}


@pytest.mark.further
def test_reports_written_anew_hold_in_the_records_and_marts_go(world: World) -> None:
    """The new digest is on record with the reason; a mart holds what the lake holds, or nothing."""
    value = canaries(NEW, "main")["user"]
    page = world.home.reports / str(NEW) / "index.html"
    page.parent.mkdir(parents=True, exist_ok=True)
    page.write_text(f"<p>{value}</p>", encoding="utf-8")
    digest = hashlib.sha256(page.read_bytes()).hexdigest()
    records = Records(world.home)
    note_files(records, world.home.root, [page, page.parent], NOW)
    mart = world.home.marts / "franchise:001" / "findings" / f"{NEW}.parquet"
    mart.parent.mkdir(parents=True)
    mart.write_bytes(b"PAR1")
    done = _erase(world, "user", value)
    assert value not in page.read_text(encoding="utf-8")
    assert {place.place for place in done.places} >= {"marts", f"reports/{NEW}/index.html"}
    assert not any(world.home.marts.iterdir())
    told = "".join(one.read_text() for one in world.home.records.glob("*.jsonl"))
    assert digest not in told, "who tries names in the page finds whose it was, without a key"
    assert verify(records).ok
    last = list(records.entries(Series.EVIDENCE))[-1]
    assert last.about["why"] == f"erasure {done.request_id}"
    page.write_text("changed by nobody", encoding="utf-8")
    assert not verify(records).ok


def test_in_a_persons_own_requests_everything_that_tells_them_goes(erased: World) -> None:
    """Of an erased user no address, query, referrer or agent stays; whose data it was does."""
    one = canaries(NEW, "main")
    told = [one[name] for name in ("ip", "query", "referrer", "agent")]
    assert places_of(erased.home, told, but=[erased.home.logs, erased.home.reports]) == {}
    rows = erased.rows(
        "select distinct subject_id, country, user_type from lake.access_log"
        " where log_date = ? and site_id = 'main' and user_id is not null",
        NEW,
    )
    assert rows == [(one["subject"], None, "staff")]
    agents = erased.rows(
        "select distinct agent.agent_id is not null, agent.user_agent"
        " from lake.request_fact as request left join lake.agent as agent using (agent_id)"
        " where request.user_id like 'pn-%'"
    )
    assert agents == [(True, None)]


def test_a_longer_value_that_begins_alike_is_anothers() -> None:
    """A number within a longer one, or a name within a longer name, is not the person's."""
    short = Person("user", "st-1", ("st-1",))
    assert short.replaced_in("st-1 st-12 xst-1 /u/st-1/ %2Fst-1&st-1", "#") == (
        "# st-12 xst-1 /u/#/ %2F#&#"
    )
    address = Person("ip", "192.0.2.1", ("192.0.2.1",))
    assert address.replaced_in("192.0.2.1, 192.0.2.11 1192.0.2.1", "#") == (
        "#, 192.0.2.11 1192.0.2.1"
    )


def test_a_page_with_the_case_of_a_person_names_them_no_more() -> None:
    """The id of a case is made of the name, so that a guess at the name could be confirmed.

    So is the one that earlier releases made, without a key.
    """
    ids = KeyedIds(b"key")
    person = Person("user", "st-1", ("st-1", "ST\\st-1"))
    traces = Traces(person, (), OwnFindings(person, ids))
    own, other, new = (ids.case("user", one) for one in ("ST\\st-1", "st-2", "pn-1"))
    former = unkeyed("case", "user", "st-1", "")
    assert traces.is_in(own)
    assert traces.is_in(former)
    assert not traces.is_in(f"case {other}")
    assert traces.replaced_in(f"case {own} {former} {other}", "pn-1") == f"case {new} {new} {other}"


@pytest.mark.parametrize(
    ("kind", "value", "text", "without"),
    [
        ("ip", "203.0.113.11", "203.0.113.11:8443 x", "#:8443 x"),
        (
            "ip",
            "203.0.113.11",
            "http://203.0.113.11:80/ 203.0.113.119",
            "http://#:80/ 203.0.113.119",
        ),
        ("ip", "203.0.113.11", "::ffff:203.0.113.11,client:203.0.113.11.", "::ffff:#,client:#."),
        ("ip", "2001:db8::1", "[2001:DB8::1]:443 2001:db8::1:2", "[#]:443 2001:db8::1:2"),
        ("subject", "1234567", "/c/12%33456%37?x=%31234567", "/c/#?x=#"),
        (
            "subject",
            "234567",
            "x=%31234567&y=234567%38&z=234567%2f",
            "x=%31234567&y=234567%38&z=#%2f",
        ),
        ("subject", "1234567", "%2F1234567 1234567% 1234567%2 %2531234567", "%2F# #% #%2 #"),
        ("subject", "AB-77", "ab-77 AB%2d77 AB%252D77", "ab-77 # #"),
        ("user", "sato.hanako", "/u/SATO.HANAKO/sato%2Ehanako?u=%53ato.hanako", "/u/#/#?u=#"),
        ("user", "佐藤 a&b", "佐藤+a&amp;b %E4%BD%90%e8%97%a4%20a%26b \\u4f50\\u85e4 a&b", "# # #"),
        ("user", "st-1", "a st-1 st-1 st-12", "a # # st-12"),
    ],
)
def test_a_value_is_found_however_it_is_written(
    kind: Kind, value: str, text: str, without: str
) -> None:
    """Beside a port, partly encoded, in capitals; the lake and Python find the same."""
    person = Person(kind, value, (value,))
    assert person.replaced_in(text, "#") == without
    with duckdb.connect() as con:
        sql = (
            f"select {person.replaced('own', '#')}, {person.matches('own')} from (select ? as own)"
        )
        assert con.execute(sql, [text]).fetchall() == [(without, True)]
        assert con.execute(sql, [without]).fetchall() == [(without, False)]


@pytest.mark.further
@pytest.mark.parametrize("how", ["same", "cut"])
def test_a_file_that_is_delivered_again_brings_nobody_back(erased: World, how: str) -> None:
    """Neither under another name, nor cut and sorted; later requests are new ones."""
    one = canaries(NEW, "main")
    lines = lines_of(NEW, "main")
    chosen = lines if how == "same" else lines[3:9]
    (erased.home.logs / "main" / "again.log").write_text("\n".join(chosen) + "\n")
    later = NOW + dt.timedelta(days=1)
    stages.ingest(erased.settings, erased.home, clock=lambda: later, on=NIGHT)
    query = "select count(*) from lake.access_log where user_id = ?"
    assert erased.rows(query, one["user"]) == [(0,)]
    assert places_of(erased.home, [one["user"]], but=[erased.home.logs]) == {}
    day = NOW.date() + dt.timedelta(days=1)
    (erased.home.logs / "main" / "new.log").write_text(
        "\n".join(line.replace(f"{NEW:%d/%b/%Y}", f"{day:%d/%b/%Y}") for line in lines[:5]) + "\n"
    )
    after = later + dt.timedelta(days=1)
    stages.ingest(erased.settings, erased.home, clock=lambda: after, on=day)
    assert erased.rows(query, one["user"]) == [(5,)]


@pytest.mark.further
@pytest.mark.parametrize("kind", ["user", "ip", "subject"])
def test_lines_beside_an_erased_persons_are_counted_once_in_a_file_sorted_anew(
    world: World, kind: Kind
) -> None:
    """The erased person's too, but for one with a masked value, which never counts as a copy."""
    one = canaries(NEW, "main")
    own, others = lines_of(NEW, "main")[:12], lines_of(NEW, "main")[12:-1]
    own[0] = own[0].replace("?", "?mail=taro@example.jp&")
    others = [line.replace("GET / ", f"GET /{at} ") for at, line in enumerate(others)]
    mixed = [line for two in zip(own, others[:12], strict=True) for line in two]
    mixed = [line.replace(f"&{one['query']}", "") for line in (*mixed, *others[12:])]
    (world.home.logs / "main" / "first.log").write_text("\n".join(mixed) + "\n")
    stages.ingest(world.settings, world.home, clock=lambda: NOW, on=NIGHT)
    _erase(world, kind, one[kind])
    again = sorted(mixed, key=lambda line: zlib.crc32(line.encode()))
    (world.home.logs / "main" / "again.log").write_text("\n".join(again) + "\n")
    later = NOW + dt.timedelta(days=1)
    stages.ingest(world.settings, world.home, clock=lambda: later, on=NIGHT)
    figures = "select sum(records), sum(duplicates) from lake.ledger where read_at = ?"
    assert world.rows(figures, later) == [(1, len(again) - 1)]
    with lake.open_reader(world.home, world.settings.timezone) as con:
        assert {found.status for found in check_proofs(con)} == {Status.OK}


@pytest.mark.further
def test_a_hold_beats_an_erasure(world: World) -> None:
    """One that names the person, and one that covers a row of theirs; another's does not."""
    one = canaries(OLD, "main")
    add_hold(world.home, world.settings, Criteria(site_id="shop"), "court", "legal", NOW)
    assert _erase(world, "user", one["user"]).rows
    add_hold(world.home, world.settings, Criteria(from_day=NEW, to_day=NEW), "court", "l", NOW)
    with pytest.raises(UsageError, match="legal hold"):
        _erase(world, "user", canaries(NEW, "main")["user"])


@pytest.mark.parametrize(
    ("kind", "written", "kept"),
    [
        ("user", " sato.hanako ", "sato.hanako"),
        ("ip", "2001:DB8:0::1", "2001:db8::1"),
        ("ip", "::ffff:203.0.113.11", "203.0.113.11"),
        ("subject", "\t00100", "00100"),
    ],
)
def test_holds_and_requests_spell_a_person_as_the_lake_does(
    world: World, kind: Kind, written: str, kept: str
) -> None:
    """Spaces and other spellings of an address name the same person."""
    made = add_hold(world.home, world.settings, Criteria(kind, written), "court", "legal", NOW)
    assert made.actor == kept
    with lake.open_reader(world.home, world.settings.timezone) as con:
        assert [one.actor for one in read_holds(con)] == [kept]
        named = {"user": None, "ip": None, "subject": None} | {kind: written}
        assert person_of(con, **named).value == kept


def test_what_is_no_address_is_refused(world: World) -> None:
    """Octets with leading zeros too, which some read as octal."""
    for wrong in ("203.0.113.011", "example.jp", "192.0.2.0/24"):
        with pytest.raises(UsageError, match="no IP address"):
            add_hold(world.home, world.settings, Criteria("ip", wrong), "court", "legal", NOW)
        with (
            lake.open_reader(world.home, world.settings.timezone) as con,
            pytest.raises(UsageError, match="no IP address"),
        ):
            person_of(con, user=None, ip=wrong, subject=None)


@pytest.mark.further
def test_the_register_knows_what_was_done_but_not_to_whom(world: World) -> None:
    """The same person has the same hash, and a value in a reason is masked."""
    one = canaries(NEW, "main")
    with lake.open_writer(world.home, world.settings.timezone) as con:
        person = person_of(con, user=one["user"], ip=None, subject=None)
        asked = Asked(f"letter of {one['user']}", "Taro", "Hanako", "passport")
        erase(con, world.home, person, asked, NOW)
    rows = world.rows(
        "select act, person_kind, reason, author, second, identity_check, outcome"
        " from lake.subject_request"
    )
    assert rows == [("erase", "user", "letter of ■", "Taro", "Hanako", "passport", "done")]


@pytest.mark.further
def test_landing_files_go_too_where_that_is_wanted(world: World) -> None:
    """Whole, and named among the places."""
    done = _erase(world, "user", canaries(NEW, "main")["user"], with_landing=True)
    assert not (world.home.logs / "main" / f"{NEW}.log").exists()
    assert f"logs/main/{NEW}.log" in {one.place for one in done.places}


@pytest.mark.further
def test_a_pdf_goes_with_what_the_page_beside_it_tells(world: World) -> None:
    """Its texts are compressed: it is judged by its page before that is written anew."""
    one, other = canaries(NEW, "main"), canaries(NEW, "shop")
    folder = world.home.reports / str(NEW)
    alone = world.home.reports / "audit" / "2026-10" / "printed.pdf"
    alone.parent.mkdir(parents=True)
    alone.write_bytes(b"%PDF-1.7\n")
    for name, text in (("index", one["user"]), ("report", None), ("shop", other["user"])):
        if text:
            (folder / f"{name}.html").write_text(f"<p>{text}</p>")
        (folder / f"{name}.pdf").write_bytes(b"%PDF-1.7\n" + zlib.compress(b"somebody"))
    done = _erase(world, "user", one["user"])
    assert {path.name for path in folder.glob("*.pdf")} == {"shop.pdf"}
    assert f"reports/{NEW}/report.pdf" in {place.place for place in done.places}
    assert "reports/audit/2026-10/printed.pdf" in {left.place for left in done.left}


@pytest.mark.parametrize(
    "word",
    [
        "main",
        *(pytest.param(one, marks=pytest.mark.further) for one in ("staff", "record", "findings")),
    ],
)
def test_an_account_named_like_a_word_of_the_program_takes_no_word_of_it(
    world: World, word: str
) -> None:
    """What others wrote loses the account; sites, kinds of users and resources stay themselves."""
    told = json.dumps({"users": [word]})
    world.write(
        f"update lake.request_fact set user_id = '{word}' where log_date = '{NEW}'"
        " and user_id is not null",
        *(
            f"insert into lake.{table} by name select {columns}"
            for table, columns in (
                ("agent", f"1 as agent_id, 'Bot/1 ({word})' as user_agent"),
                ("leak_day", f"'main' as site_id, '/x/{word}' as page"),
                ("script_day", f"'main' as site_id, '/x/{word}' as url_path"),
                (
                    "request_profile",
                    f"1 as request_profile_id, '{word}.elsewhere.example' as site_domain",
                ),
                (
                    "findings",
                    f"'f1' finding_id, 'site' actor_kind, '{word}' actor, '{told}' evidence",
                ),
                ("findings", f"'f2' as finding_id, 'user' as actor_kind, '{word}' as actor"),
            )
        ),
    )
    words = [
        "select site_id, site_group from lake.site order by all",
        "from lake.request_profile where request_profile_id <> 1 order by all",
        "select site_id, user_type, count(*) from lake.user_day group by all order by all",
        "select stage, status, count(*) from lake.stage_run group by all order by all",
        "select site_id, path, status from lake.ledger order by all",
        "select actor from lake.findings where finding_id = 'f1'",
    ]
    others_words = [
        f"select {column} from lake.{table} where regexp_matches({column}, '\\b{word}\\b')"
        f" and {column} <> 'main.example'"
        for table, column in (
            ("agent", "user_agent"),
            ("leak_day", "page"),
            ("script_day", "url_path"),
            ("request_profile", "site_domain"),
            ("request_fact", "user_id"),
        )
    ]
    before, written = world.answers(words), world.answers(others_words)
    assert all(written)
    _erase(world, "user", word)
    assert world.answers(words) == before
    assert world.answers(others_words) == [[]] * len(others_words)
    assert world.rows("select actor[:3] from lake.findings where finding_id = 'f2'") == [("pn-",)]


@pytest.mark.further
def test_a_hold_beats_the_rewriting_of_anothers_rows(world: World) -> None:
    """What others' held rows and rejected lines say of the person stays too."""
    one = canaries(NEW, "main")
    held = Criteria(actor_kind="user", actor=one["user"])
    add_hold(world.home, world.settings, held, "court", "legal", NOW)
    with pytest.raises(UsageError, match="legal hold"):
        _erase(world, "subject", one["subject"])
    _erase(world, "subject", canaries(NEW, "shop")["subject"])
    add_hold(world.home, world.settings, Criteria(site_id="shop"), "court", "legal", NOW)
    with pytest.raises(UsageError, match="legal hold"):
        _erase(world, "user", canaries(OLD, "shop")["rejected"].split()[1])


@pytest.mark.further
def test_pseudonymised_rows_are_the_persons_as_long_as_the_key_is_there(world: World) -> None:
    """No pseudonym that the key of an epoch makes of the person is left, and counts stay."""
    one = canaries(OLD, "main")
    world.retain()
    keys = EpochKeys(world.home)
    kinds: tuple[tuple[Kind, str], ...] = (
        ("subject", "subject"),
        ("ip", "client"),
        ("user", "user"),
    )
    for kind, name in kinds:  # an erased user's address is nobody's
        value = one[kind]
        found = [key.pseudonym(name, value) for epoch in keys.epochs() if (key := keys.of(epoch))]
        before = _counts(world)
        assert places_of(world.home, found, but=[world.home.logs])
        assert _erase(world, kind, value).rows
        assert places_of(world.home, found, but=[world.home.logs]) == {}
        assert _counts(world) == before


@pytest.mark.further
def test_a_file_with_lines_that_name_the_person_in_texts_alone_brings_nobody_back(
    erased: World,
) -> None:
    """A path, partly encoded too, a user agent, host names, and a line that cannot be read."""
    user = canaries(NEW, "main")["user"]
    stamp = f"[{NEW:%d/%b/%Y}:10:00:00 +0900]"
    lines = [
        f'203.0.113.9 - - {stamp} "GET /u/{path} HTTP/1.1" 200 5 "-" "Mozilla/5.0" "-"'
        for path in (f"{user}-1234567", user.replace("-", "%2D").upper(), "st-canary-others")
    ]
    lines += [
        f'{host} - - {stamp} "GET {page} HTTP/1.1" 200 5 "-" "{agent}" "-"'
        for host, page, agent in (
            ("203.0.113.9", "/", f"Tool/1 (of {user})"),
            (f"pc-{user}.example", "/", "Mozilla/5.0"),
            ("203.0.113.9", f"http://{user}.example/", "Mozilla/5.0"),
        )
    ]
    again = erased.home.logs / "main" / "again.log"
    again.write_text("\n".join([*lines, f"cannot read {user}, it says"]) + "\n")
    later = NOW + dt.timedelta(days=1)
    stages.ingest(erased.settings, erased.home, clock=lambda: later, on=NIGHT)
    query = "select line from lake.reject where read_at = ?"
    ((line,),) = erased.rows(query, later)
    assert line.startswith("cannot read pn-")
    paths = erased.rows(
        "select url_path[:6] from lake.request_fact where url_path[:3] = '/u/' order by 1"
    )
    assert paths == [("/u/pn-",), ("/u/pn-",), ("/u/st-",)]
    assert places_of(erased.home, [user], but=[erased.home.logs]) == {}


@pytest.mark.further
def test_an_erasure_is_no_finding_and_what_was_found_before_stands(world: World) -> None:
    """Nothing is found about the pseudonym; a finding from before keeps its decision.

    It has another id, of which nobody can make out whom it was about, and the same on every run.
    """
    entitled, other = canaries(NEW, "main")["user"], canaries(NEW, "shop")["user"]
    for name, lines in (
        ("people", ("user", entitled, other)),
        ("privileges", ("user,resource", f"{entitled},customer")),
    ):
        (world.config.parent / f"{name}.csv").write_text("\n".join(lines) + "\n")
    world = world.with_settings("context: {people: people.csv, privileges: privileges.csv}\n")

    def found() -> dict[str, tuple[str, str]]:
        with only({"access-without-right"}):
            stages.detect(world.settings, world.home, [NEW], clock=lambda: NOW)
        rows = world.rows(
            "select finding_id, actor, status from lake.findings"
            " where detector = 'access-without-right'"
        )
        return {finding_id: (actor, status) for finding_id, actor, status in rows}

    before = found()
    assert list(before.values()) == [(other, "new")]
    world.write("update lake.findings set status = 'closed'")
    _erase(world, "user", other)
    after = found()
    assert after.keys().isdisjoint(before)
    assert found() == after
    ((actor, status),) = after.values()
    assert (PATTERN.fullmatch(actor) is not None, status) == (True, "closed")
