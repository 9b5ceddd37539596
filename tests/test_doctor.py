"""`mimamori doctor`: what is well, what is not, and the proof that every line is held once."""

import datetime as dt
import gzip
import json
import os
import re
import shutil
import subprocess
import time
import unicodedata
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from mmdb_writer import MMDBWriter

from pipelines import lake
from pipelines.doctor import machine, permissions
from pipelines.doctor.configuration import check_geoip
from pipelines.doctor.context import check_context
from pipelines.doctor.examine import examine
from pipelines.doctor.nights import check_delivery, check_retention
from pipelines.doctor.outcome import Outcome, Status
from pipelines.doctor.store import check_proofs
from pipelines.doctor.table import _TITLES
from pipelines.night import stages
from pipelines.paths import PROJECT_ROOT, Home
from pipelines.settings.load import load
from pipelines.settings.retention import Retention
from pipelines.text.yaml_text import read_yaml
from tests import command_line, sql_cases

pytestmark = pytest.mark.slow

_PROOFS = sorted(Path(__file__).with_name("doctor_proofs").iterdir())

_LINE = (
    '192.0.2.{} - - [19/Nov/2026:09:15:{:02} +0900] "GET /{} HTTP/1.1" 200 512 "-" "Mozilla/5.0"\n'
)
_NIGHT = dt.datetime(2026, 11, 20, 2, tzinfo=dt.timezone(dt.timedelta(hours=9)))
_BEGAN = time.monotonic()
_SETTINGS = """
sites:
  - {id: main, group: main, domains: [main.example], logs: ["main/access.log*"], format: combined}
  - {id: "shop-{franchise}", group: benry, domains: ["{franchise}.shop.example"],
     logs: ["shop/{franchise}/access.log*"], franchise: "{franchise}", format: combined}
# The lines are of 2026, and the lake goes by the clock of this machine.
retention: {access_log_days: 36500, pseudonymise_after_days: 36500, quarantine_days: 36500}
"""


def _lines(first: int, last: int) -> str:
    return "".join(_LINE.format(number % 250, number % 60, number) for number in range(first, last))


def test_each_check_has_a_title() -> None:
    """Also one whose outcome comes only after some nights; without one there is no table."""
    named = re.compile(r'\b(?:well|warning|wrong|_guarded)\(\s*"([a-z-]+)"')
    source = PROJECT_ROOT / "pipelines" / "doctor"
    names = {name for path in source.glob("*.py") for name in named.findall(path.read_text())}
    assert {"growth", "disk", "limits", "retention", "keys", "settings"} <= names
    assert names <= set(_TITLES)


@pytest.fixture(scope="module", autouse=True)
def _for_its_owner_alone() -> Iterator[None]:
    """As the command line makes files."""
    before = os.umask(0o077)
    yield
    os.umask(before)


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Settings, and a lake of two sites: one file with a tail and a reject, one archive."""
    folder = tmp_path_factory.mktemp("sound")
    (folder / "mimamori.yaml").write_text(_SETTINGS)
    home = _home(folder)
    log, archive = home.logs / "main" / "access.log", home.logs / "shop" / "1" / "access.log.gz"
    log.parent.mkdir(parents=True)
    archive.parent.mkdir(parents=True)
    archive.write_bytes(gzip.compress(_lines(0, 100).encode()))
    log.write_text(_lines(0, 200) + "rubbish\n\n")
    _ingest(folder)
    with log.open("a") as stream:
        stream.write(_lines(200, 300))
    _ingest(folder)
    return folder


@pytest.fixture
def folder(sound: Path, tmp_path: Path) -> Path:
    """A copy of the sound lake, to be tampered with."""
    return shutil.copytree(sound, tmp_path / "copy")


def _home(folder: Path) -> Home:
    return Home(folder / "var")


def _in_the_night() -> dt.datetime:
    """A clock that goes on in the night after the day of the lines."""
    return _NIGHT + dt.timedelta(seconds=time.monotonic() - _BEGAN)


def _ingest(folder: Path, nights_later: int = 0) -> None:
    stages.ingest(
        load(folder / "mimamori.yaml"),
        _home(folder),
        clock=lambda: _in_the_night() + dt.timedelta(days=nights_later),
    )


def _examine(
    folder: Path, *, deep: bool = False, now: dt.datetime | None = None
) -> dict[str, Outcome]:
    return {outcome.check: outcome for outcome in _outcomes(folder, deep=deep, now=now)}


def _context(folder: Path) -> Outcome:
    home = _home(folder)
    settings = load(folder / "mimamori.yaml").in_home(home.context)
    with lake.open_reader(home, settings.timezone) as con:
        return check_context(con, settings, dt.datetime.now(dt.UTC))


def _outcomes(folder: Path, *, deep: bool = False, now: dt.datetime | None = None) -> list[Outcome]:
    instant = now or max(dt.datetime.now(dt.UTC), _in_the_night() + dt.timedelta(days=1))
    return examine(folder / "mimamori.yaml", _home(folder), None, deep=deep, clock=lambda: instant)


def _not_well(outcomes: dict[str, Outcome]) -> set[str]:
    return {name for name, one in outcomes.items() if one.status is not Status.OK} - {
        "disk",
        "fast-path",
        "keys",  # a temporary folder has one file system
    }


def _change(folder: Path, *statements: str) -> None:
    with lake.open_writer(_home(folder), "Asia/Tokyo") as con:
        for statement in statements:
            con.execute(statement)


@pytest.fixture(scope="module")
def schema(_empty_lake: Home) -> Mapping[str, sql_cases.Columns]:
    """The columns of all tables that SQL may read."""
    return sql_cases.schema_of(_empty_lake)


@pytest.mark.parametrize("path", _PROOFS, ids=[path.stem for path in _PROOFS])
def test_proof_names_what_does_not_agree(
    schema: Mapping[str, sql_cases.Columns], tmp_path: Path, path: Path
) -> None:
    """One line, record or byte more or less than there should be, and nothing else."""
    sql_cases.check(schema, tmp_path, read_yaml(path.read_text(encoding="utf-8")))


def test_sound_lake_is_proved(folder: Path) -> None:
    """Files with tails, rejects and comments, plain and compressed: everything agrees."""
    outcomes = _examine(folder, deep=True)
    assert _not_well(outcomes) == set()
    assert "2 件の中身が台帳と一致" in outcomes["content"].message
    assert outcomes["geoip"].message.startswith("country:")


@pytest.mark.further
def test_a_clock_that_was_set_back_is_no_reading_that_went_wrong(folder: Path) -> None:
    """The copy of a file seems to have been read before the file; the lines tell the order."""
    log = _home(folder).logs / "main" / "access.log"
    log.with_name("access.log.copy").write_bytes(log.read_bytes())
    _ingest(folder)
    _change(folder, "update lake.ledger set read_at = '2026-01-01' where path like '%copy%'")
    with lake.open_reader(_home(folder), "Asia/Tokyo") as con:
        (tails,) = (one for one in check_proofs(con) if one.check == "tails")
    assert tails.status is Status.OK


_FURTHER_TAMPERINGS: list[tuple[str, set[str]]] = [
    (
        "update lake.ledger set records = records - 1, lines = lines - 1 where from_line > 1",
        {"ledger-days", "line-numbers"},
    ),
    ("delete from lake.request_fact where line_no = 7", {"rows"}),
    ("delete from lake.reject", {"rows"}),
    (
        (
            "insert into lake.reject by name"
            " select file_id, line_no, log_date from lake.request where line_no = 65"
        ),
        {"rows", "line-numbers"},
    ),
    (
        "update lake.request_fact set line_no = 0 where line_no = 3",
        {"line-numbers", "event-ids"},
    ),
    ("update lake.request_fact set log_date = '2026-11-18' where line_no = 3", {"rows"}),
    ("update lake.ledger set content_bytes = 1 where from_line > 1", {"tails"}),
]


@pytest.mark.parametrize(
    ("tampering", "checks"),
    [
        ("delete from lake.ledger_day where from_line = 1", {"ledger-days", "rows", "sites"}),
        (
            "insert into lake.request_fact select * from lake.request_fact where line_no = 64",
            {"rows", "line-numbers"},
        ),
        (
            "update lake.request_fact set line_no = 999 where line_no = 3",
            {"line-numbers", "event-ids"},
        ),
        (
            (
                "update lake.ledger set from_line = from_line - 1, lines = lines + 1,"
                " comments = comments + 1 where from_line > 1"
            ),
            {"ledger-days", "tails"},
        ),
        *(
            pytest.param(*further, marks=pytest.mark.further)
            for further in (
                (
                    "update lake.ledger set comments = comments + 1 where from_line = 1",
                    {"ledger-sums"},
                ),
                ("update lake.request_fact set event_id = 5 where line_no = 3", {"event-ids"}),
                (
                    "delete from lake.request_fact where line_no = 100; delete from lake.ledger",
                    None,
                ),
            )
        ),
        *(pytest.param(*further, marks=pytest.mark.full) for further in _FURTHER_TAMPERINGS),
    ],
)
def test_tampering_shows(folder: Path, tampering: str, checks: set[str] | None) -> None:
    """Every figure that is changed, row that is missing or twice there, is found."""
    _change(folder, tampering)
    found = _not_well(_examine(folder))
    if checks is None:
        assert {"rows", "ledger-days"} <= found
    else:
        assert found == checks


def test_file_that_disagrees_is_named(folder: Path) -> None:
    """Path, day and both counts stand in the message, and a remedy beside it."""
    _change(folder, "delete from lake.request_fact where line_no = 100")
    outcome = _examine(folder)["rows"]
    assert outcome.status is Status.WRONG
    assert "main/access.log: 2026-11-19: 300 records and 1 rejects in the ledger, 299 and 1" in (
        outcome.message
    )
    assert "shop/1/access.log.gz: 2026-11-19: 100 records" in outcome.message
    assert outcome.remedy


@pytest.mark.further
def test_renamed_and_duplicate_deliveries_agree(folder: Path) -> None:
    """What was delivered under other names is in the proof as well."""
    log = _home(folder).logs / "main" / "access.log"
    (log.parent / "access.log.copy").write_bytes(log.read_bytes())
    _ingest(folder)
    with (log.parent / "access.log.copy").open("a") as stream:
        stream.write(_lines(300, 320))
    _ingest(folder)
    (log.parent / "access.log.grown").write_bytes(
        (log.parent / "access.log.copy").read_bytes() + _lines(320, 330).encode()
    )
    _ingest(folder)
    log.rename(log.parent / "access.log.1")
    log.write_text(_lines(500, 510))
    _ingest(folder)
    assert _not_well(_examine(folder, deep=True)) == set()


@pytest.mark.further
def test_log_file_changed_behind_our_back_is_found(folder: Path) -> None:
    """`--deep` reads again: same size and time with other content is wrong, newer is waiting."""
    log = _home(folder).logs / "main" / "access.log"
    stat = log.stat()
    log.write_text(log.read_text().replace("192.0.2.7 ", "192.0.2.8 "))
    assert _not_well(_examine(folder, deep=True)) == {"content"}
    os.utime(log, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert _examine(folder)["rows"].status is Status.OK
    outcome = _examine(folder, deep=True)["content"]
    assert outcome.status is Status.WRONG
    assert "main/access.log: other content in its first" in outcome.message
    log.write_text("")
    assert _examine(folder, deep=True)["content"].status is Status.WARNING
    log.unlink()
    assert _examine(folder, deep=True)["content"].status is Status.OK


def test_wrong_settings_are_named_by_line(folder: Path) -> None:
    """The rest is looked at all the same."""
    (folder / "mimamori.yaml").write_text(_SETTINGS + "localle: ja\n")
    outcomes = _examine(folder)
    assert _not_well(outcomes) == {"settings"}
    message = outcomes["settings"].message
    assert message == f"{folder / 'mimamori.yaml'}:8: localle: 知らないキーです / unknown key"
    assert "landing" not in outcomes
    assert outcomes["rows"].status is Status.OK


@pytest.mark.further
def test_rows_past_their_time_are_a_warning_until_retention_has_run(folder: Path) -> None:
    """The oldest day is told; what the night before last should have let go is named."""
    well = _examine(folder)["retention"]
    assert well.status is Status.OK
    assert "2026-11-19" in well.message
    settings = load(folder / "mimamori.yaml").model_copy(update={"retention": Retention()})
    with lake.open_reader(_home(folder), "Asia/Tokyo") as con:
        late = dt.datetime(2027, 3, 1, tzinfo=dt.UTC)
        overdue = check_retention(con, _home(folder), settings, late)
    assert overdue.status is Status.WARNING
    assert "access_log 2026-11-19" in overdue.message


def test_no_lake_yet_is_no_failure(tmp_path: Path) -> None:
    """Before the first ingest there are only warnings."""
    (tmp_path / "mimamori.yaml").write_text(_SETTINGS)
    (_home(tmp_path).logs / "main").mkdir(parents=True)
    outcomes = _examine(tmp_path)
    assert _not_well(outcomes) == {"sites", "lake"}
    assert {outcomes[name].status for name in ("sites", "lake")} == {Status.WARNING}
    assert "main, shop-{franchise}" in outcomes["sites"].message


@pytest.mark.further
def test_landing_folder_is_looked_through(folder: Path) -> None:
    """Files of no site are named without harm to the terminal; uploads under way are not."""
    logs = _home(folder).logs
    (logs / "main" / "\x1b[31merror.log").write_text("x")
    (logs / "main" / ".access.log.part").write_text("x")
    (logs / "truth.json").write_text("{}")
    outcomes = _examine(folder)
    assert _not_well(outcomes) == {"unclaimed-files"}
    assert "main/‹U+001B›[31merror.log" in outcomes["unclaimed-files"].message
    assert "part" not in outcomes["unclaimed-files"].message
    (folder / "mimamori.yaml").write_text(
        "sites:\n"
        "  - {id: a, group: main, domains: [a.example], logs: ['main/*']}\n"
        "  - {id: b, group: main, domains: [b.example], logs: ['main/access.log']}\n"
    )
    outcome = _examine(folder)["settings"]
    assert outcome.status is Status.WRONG
    assert "'b' and 'a' both claim" in outcome.message


def test_a_file_that_cannot_be_read_hides_no_other_check(folder: Path) -> None:
    """Whoever delivers a link must not keep what else is amiss from being told."""
    logs = _home(folder).logs
    (logs / "main" / "access.log.1").symlink_to("/etc/passwd")
    (logs / "stray.txt").write_text("x")
    shutil.rmtree(logs / "shop")
    found = [(one.check, one.status, one.message) for one in _outcomes(folder)]
    messages = {check: message for check, status, message in found if status is not Status.OK}
    assert "main/access.log.1" in messages["landing"]
    assert "shop-{franchise}" in messages["sites"]
    assert "stray.txt" in messages["unclaimed-files"]


@pytest.mark.further
def test_a_shop_without_a_line_is_told(folder: Path) -> None:
    """Its old files still lie in their folder; what tells is the day that was read last."""
    outcome = _examine(folder)["sites"]
    assert (outcome.status, outcome.message[:10]) == (Status.OK, "2026-11-19")
    settings = folder / "mimamori.yaml"
    new = "{id: new, group: main, domains: [new.example], logs: [new/*], format: combined}"
    settings.write_text(settings.read_text().replace("sites:", f"sites:\n  - {new}"))
    with (_home(folder).logs / "main" / "access.log").open("a") as stream:
        stream.write(_lines(300, 320).replace("19/Nov", "20/Nov"))
    _ingest(folder, nights_later=1)
    outcome = _examine(folder)["sites"]
    assert outcome.status is Status.WARNING
    assert outcome.message == (
        "2026-11-20 に届いていないサイト 2 件：new, shop-1 / "
        "no line of 2026-11-20 from sites that should have sent some, 2 of them: new, shop-1"
    )
    assert "mimamori sites list" in str(outcome.remedy)


def test_lake_open_to_others_is_wrong(folder: Path) -> None:
    """The catalog holds the keys: it is for its owner alone."""
    catalog = _home(folder).catalog
    catalog.chmod(0o644)
    outcome = _examine(folder)["permissions"]
    assert outcome.status is Status.WRONG
    assert "catalog.sqlite" in outcome.message
    catalog.chmod(0o600)
    _home(folder).lake.chmod(0o755)
    assert _not_well(_examine(folder)) == {"permissions"}


def test_working_folder_itself_is_for_its_owner(folder: Path) -> None:
    """Others may pass through it to the landing folder, but not see or change what is in it."""
    home = _home(folder)
    home.root.chmod(0o755)
    (outcome,) = permissions.check_permissions(home)
    assert (outcome.status, outcome.remedy) == (Status.WRONG, f"chmod go-rw {home.root}")
    assert str(home.root) in outcome.message
    subprocess.run(str(outcome.remedy).split(), check=True)
    (outcome,) = permissions.check_permissions(home)
    assert outcome.status is Status.OK


def test_every_path_is_looked_at_and_few_are_named(folder: Path, tmp_path: Path) -> None:
    """Of many open files the first are named, with their number and the remedy; links are not."""
    home = _home(folder)
    pages = home.reports / "2026-11-19" / "deep"
    pages.mkdir(parents=True)
    for number in range(40):
        (pages / f"{number:02}.html").touch()
        (pages / f"{number:02}.html").chmod(0o640)
    (home.reports / "link").symlink_to(tmp_path)
    (outcome,) = permissions.check_permissions(home)
    assert outcome.status is Status.WRONG
    assert "40 open to others" in outcome.message
    assert "00.html" in outcome.message
    assert "35 more" in outcome.message
    assert outcome.remedy == f"chmod -R go-rwx {home.reports}"
    subprocess.run(outcome.remedy.split(), check=True)
    (outcome,) = permissions.check_permissions(home)
    assert outcome.status is Status.OK
    elsewhere = home.with_keys(tmp_path / "vault")
    elsewhere.keys.mkdir()
    (elsewhere.keys / "pseudonym.key").touch()
    (elsewhere.keys / "pseudonym.key").chmod(0o604)
    (outcome,) = permissions.check_permissions(elsewhere)
    assert "vault/pseudonym.key" in outcome.message


@pytest.mark.further
def test_logs_may_be_delivered_by_a_group_not_by_everybody(folder: Path) -> None:
    """Other accounts write the landing folder: only what all may read or write is told."""
    logs = _home(folder).logs
    log = logs / "main" / "access.log"
    log.chmod(0o660)
    logs.chmod(0o770)
    assert _not_well(_examine(folder)) == set()
    log.chmod(0o664)
    outcome = _examine(folder)["landing-permissions"]
    assert outcome.status is Status.WARNING
    assert str(log) in outcome.message
    assert "logs that everybody may read or change" in outcome.message
    assert outcome.remedy == f"chmod -R o-rwx {logs}"


def test_lost_damaged_and_left_over_data_files_are_found(folder: Path) -> None:
    """Every Parquet file of the catalog must lie there whole; strangers are leftovers."""
    data = _home(folder).lake / "data"
    (data / "left.parquet").write_bytes(b"PAR1")
    (_home(folder).lake / "spill" / "left.tmp").write_bytes(b"x")
    outcome = _examine(folder)["data-files"]
    assert outcome.status is Status.WARNING
    assert "data/left.parquet, spill/left.tmp" in outcome.message
    path = next(data.rglob("request_fact/*.parquet"))
    content = path.read_bytes()
    path.write_bytes(content[:-1])
    assert _examine(folder)["data-files"].status is Status.WRONG
    path.unlink()
    outcomes = _examine(folder)
    assert path.name in outcomes["data-files"].message
    assert {"data-files", "proof"} <= _not_well(outcomes)


def test_writer_at_work_is_named(folder: Path) -> None:
    """Who holds the writers' lock is told; that is no fault, and neither is what it leaves."""
    with lake.open_writer(_home(folder), "UTC"):
        (_home(folder).lake / "data" / "growing.parquet").write_bytes(b"PAR1")
        outcomes = _examine(folder)
    assert _not_well(outcomes) == set()
    assert f"PID {os.getpid()}" in outcomes["writer"].message


@pytest.mark.further
def test_schema_of_another_release_is_told(folder: Path) -> None:
    """Pending migrations are a warning; changed and unknown ones are wrong."""
    with lake.open_writer(_home(folder), "UTC") as con:
        for statement, status in (
            ("delete from lake.migration where name like '002%'", Status.WARNING),
            ("insert into lake.migration values ('999_later', 'x', now())", Status.WRONG),
        ):
            con.execute(statement)
            outcome = _examine(folder)["schema"]
            assert outcome.status is status
        assert "999_later" in outcome.message


def test_lake_of_an_earlier_release_has_no_faults_for_that(folder: Path) -> None:
    """What needs tables that are not there yet is left out, and the check of the schema says so."""
    with lake.open_writer(_home(folder), "UTC") as con:
        for table, migration in (("limit_reached", "012_limits"), ("site_closure", "013_sites")):
            con.execute(f"drop table lake.{table}")
            con.execute("delete from lake.migration where name = ?", [migration])
        outcomes = _outcomes(folder)
    found = {one.check: one for one in outcomes}
    assert _not_well(found) == {"schema"}
    assert "012_limits, 013_sites" in found["schema"].message
    assert "limits" not in found
    assert [one.check for one in outcomes].count("sites") == 1
    assert {"rows", "line-numbers", "tails"} <= found.keys()


def test_schema_is_named_by_its_last_migration(folder: Path) -> None:
    """All of a new lake were applied at one instant."""
    last = max(path.stem for path in (PROJECT_ROOT / "sql" / "schema").glob("[0-9]*.sql"))
    with lake.open_writer(_home(folder), "UTC") as con:
        con.execute("update lake.migration set applied_at = now() where name like '001%'")
        assert _examine(folder)["schema"].message == last


@pytest.mark.further
def test_old_geolite_database_is_told(folder: Path) -> None:
    """GeoLite2 is to be replaced within 30 days; a broken one is wrong."""
    database = folder / "asn.mmdb"
    MMDBWriter(database_type="GeoLite2-ASN").to_db_file(str(database))
    with (folder / "mimamori.yaml").open("a") as stream:
        stream.write(f"geoip: {{asn: {database}}}\n")
    settings = load(folder / "mimamori.yaml")
    today = dt.datetime.now(settings.zone).date()
    assert check_geoip(settings, today).status is Status.OK
    outcome = check_geoip(settings, today + dt.timedelta(days=32))
    assert outcome.status is Status.WARNING
    assert "asn.mmdb" in outcome.message
    database.write_bytes(b"nothing")
    assert _examine(folder)["geoip"].status is Status.WRONG


@pytest.mark.further
def test_slow_clock_is_told(folder: Path) -> None:
    """A clock behind what was already recorded would put lines in doubt."""
    assert (
        _examine(folder, now=dt.datetime(2020, 1, 1, tzinfo=dt.UTC))["clock"].status is Status.WRONG
    )


def _run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    named = ("--config", folder / "mimamori.yaml", "--home", folder / "var")
    return command_line.run(*named, "doctor", *arguments, env=os.environ)


@pytest.mark.further
def test_table_fits_in_80_columns_and_json_is_complete(folder: Path) -> None:
    """A person reads marks with words and remedies; a program reads the same as JSON."""
    well = _run(folder)
    assert well.returncode == 0, well.stdout
    _change(folder, "delete from lake.reject")
    (_home(folder).logs / "stray.txt").write_text("x")
    done = _run(folder, "--json", "--deep")
    assert done.returncode == 1
    outcomes = json.loads(done.stdout)
    assert all(list(one) == ["check", "status", "message", "remedy"] for one in outcomes)
    assert {one["status"] for one in outcomes} == {"ok", "warning", "wrong"}
    assert all((one["remedy"] is None) == (one["status"] == "ok") for one in outcomes)
    table = _run(folder)
    assert table.returncode == 1
    text = table.stdout.decode()
    for part in ("✔ 正常 ok", "! 注意 warning", "✘ 異常 wrong", "→ ", "wrong: 1"):
        assert part in text
    for line in text.splitlines():
        wide = sum(unicodedata.east_asian_width(character) in "WF" for character in line)
        assert len(line) + wide <= 80


@pytest.mark.parametrize(
    ("trips", "status", "said"),
    [
        ("user,country,from,to,reason\nst-1,FR,2026-11-01,,fair\n", Status.OK, "trips 1"),
        ("user,country,from,to\n", Status.WRONG, "trips.csv: its first line must name"),
        (None, Status.WRONG, "trips.csv: cannot be read"),
        ("user,country,from,to,reason\nst-1,UK,,,x\n", Status.WARNING, "trips.csv:2: country"),
        (
            "user,country,from,to,reason,via\nst-1,FR,,,x,y\n",
            Status.WARNING,
            "columns not read: via",
        ),
        ("user,country,from,to,reason\nst-1,FR,,2020-01-01,x\n", Status.WARNING, "期限切れ"),
    ],
)
def test_context_that_explains_nothing_is_told(
    folder: Path, trips: str | None, status: Status, said: str
) -> None:
    """A file that is lost is wrong; entries left out and past ones are named."""
    (folder / "mimamori.yaml").write_text(_SETTINGS + "context: {trips: trips.csv}\n")
    if trips is not None:
        (folder / "trips.csv").write_text(trips)
    outcome = _context(folder)
    assert outcome.status is status
    assert said in outcome.message


@pytest.mark.further
def test_user_that_no_file_carries_is_told(folder: Path) -> None:
    """Where only files tell their format, what they cannot carry is named with the format."""
    settings = folder / "mimamori.yaml"
    text = settings.read_text()
    settings.write_text(text.replace("format: combined", 'format: auto, user_from: ["%{X-User}i"]'))
    assert settings.read_text() != text
    outcome = _examine(folder)["users"]
    assert outcome.status == Status.WARNING
    assert "%{x-user}i" in outcome.message
    assert "(combined)" in outcome.message
    settings.write_text(text.replace("format: combined", 'format: auto, user_from: ["%u"]'))
    assert _examine(folder)["users"].status == Status.OK


def test_log_that_proves_no_names_is_told(folder: Path) -> None:
    """By the name of the site, with what to set."""
    settings = folder / "mimamori.yaml"
    text = settings.read_text()
    settings.write_text(text.replace("format: combined", "format: combined, user_is: claimed"))
    outcome = _examine(folder)["users"]
    assert outcome.status == Status.WARNING
    assert "user_is: claimed" in outcome.message
    assert outcome.remedy


def test_context_that_names_strangers_is_told(folder: Path) -> None:
    """A site, resource, team or department that nobody knows is most likely misspelt."""
    (folder / "mimamori.yaml").write_text(
        _SETTINGS + "context: {assignments: jobs.csv, exports: {table: approved},"
        " people: people.csv, privileges: rights.csv}\n"
    )
    (folder / "people.csv").write_text("user,department\nst-1,claims\n")
    (folder / "rights.csv").write_text("department,level\nclaims,3\nclaim,2\n")
    (folder / "jobs.csv").write_text("team,site,from,to,reason\nnorth,mian,,,x\n")
    assert "lake.approved: cannot be read" in _context(folder).message
    with lake.open_writer(_home(folder), "Asia/Tokyo") as con:
        con.execute(
            "create table lake.approved as select 'st-1' as user, 'main' as site,"
            " 'exprot' as resource, null as \"from\", null as \"to\", 'audit' as reason"
        )
    message = _context(folder).message
    assert "site? mian" in message
    assert "team? north" in message
    assert "resource? exprot" in message
    assert "department? claim" in message
    assert "people.csv: department?" not in message


def test_missing_fast_path_is_a_warning(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the compiled part of ingest all is well but slow; the remedy says how to build it."""
    monkeypatch.setattr(machine, "library", lambda: None)
    outcome = _examine(folder)["fast-path"]
    assert outcome.status is Status.WARNING
    assert "python -m pipelines.ingest.native" in str(outcome.remedy)


@pytest.mark.further
def test_what_deliveries_lack_is_named(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A secret that is not set and a folder that is not there; never a secret's value."""
    config = folder / "mimamori.yaml"
    assert check_delivery(load(config).deliver, os.environ.get).status is Status.OK
    deliver = f"deliver: {{webhook: {{url_env: CHAT_URL}}, folder: {{path: {tmp_path / 'out'}}}}}\n"
    config.write_text(deliver + config.read_text(encoding="utf-8"), encoding="utf-8")
    outcome = _examine(folder)["deliver"]
    assert outcome.status is Status.WARNING
    assert "CHAT_URL" in outcome.message
    assert str(tmp_path / "out") in outcome.message
    monkeypatch.setenv("CHAT_URL", "https://chat.example/s3cret")
    (tmp_path / "out").mkdir()
    outcome = check_delivery(load(config).deliver, os.environ.get)
    assert (outcome.status, outcome.message) == (Status.OK, "webhook, folder")
