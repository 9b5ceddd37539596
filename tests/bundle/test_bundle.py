"""An evidence bundle proves what it says, and shows every change made to it."""

import datetime as dt
import hashlib
import json
import shutil
import struct
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from pipelines import lake
from pipelines.bundle.make import Bundle, is_on_record, make_bundle
from pipelines.bundle.page import FILES
from pipelines.bundle.verify import verify
from pipelines.cli import cli
from pipelines.errors import UsageError
from pipelines.lake.keyed_ids import KeyedIds
from pipelines.paths import Home
from pipelines.privacy.pseudonym import Pseudonyms
from pipelines.records import Records, Series
from pipelines.records.evidence import note_change
from pipelines.retention.holds import read_holds
from tests.worksheet.worksheet_lake import (
    DAY,
    EXPORT,
    INCIDENT,
    NOW,
    World,
    address_finding,
    finding,
    line,
)

_OTHERS = line("10:00", "GET /customers/77", "st-9", ip="192.0.2.99")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """A small incident, and another person's line that is none of its business."""
    found = [
        finding(evidence={"addresses": ["192.0.2.1"], "query": "select 1 -- <b>"}),
        address_finding(),
    ]
    return World.at(tmp_path_factory.mktemp("bundle"), (*INCIDENT, EXPORT, _OTHERS), found)


@pytest.fixture(scope="module")
def made(world: World) -> Bundle:
    """Its bundle."""
    return _made(world, world.root / "evidence.zip")


def _made(world: World, out: Path, name: str = "1") -> Bundle:
    return make_bundle(
        world.home,
        world.settings,
        name,
        DAY,
        out,
        lambda: NOW,
        author="st-auditor",
        landing=world.home.logs,
    )


def _texts(bundle: Path) -> dict[str, str]:
    with zipfile.ZipFile(bundle) as file:
        return {name: file.read(name).decode() for name in file.namelist()}


def _lines(made: Bundle) -> list[dict[str, object]]:
    return [json.loads(one) for one in _texts(made.file)["lines.ndjson"].splitlines()]


def test_each_record_leads_to_its_line_as_logged(world: World, made: Bundle) -> None:
    """File and number are those of the line, whose digest is the one in the bundle."""
    found = _lines(made)
    assert len(found) == made.lines == made.lines_proven > len(INCIDENT) // 2
    for one in found:
        logged = (world.home.logs / str(one["file"])).read_bytes().split(b"\n")
        there = logged[int(str(one["line"])) - 1]
        assert hashlib.sha256(there).hexdigest() == one["line_sha256"]
        assert str(one["url_path"]).encode() in there
        assert one["log_date"] == DAY.isoformat()
    assert "st-9" not in {one["user_id"] for one in found}
    content = {
        json.loads(one)["content_sha256"] for one in _texts(made.file)["ledger.ndjson"].splitlines()
    }
    files = {str(one["file"]) for one in found}
    ids = KeyedIds.made_with(Pseudonyms.of(world.home))
    assert {
        ids.of_content(hashlib.sha256((world.home.logs / name).read_bytes()).hexdigest())
        for name in files
    } <= content


def test_it_holds_what_its_page_says(made: Bundle) -> None:
    """Every file that the page names is there, and no other; both languages tell the same."""
    texts = _texts(made.file)
    named = {name for one in FILES for name in one.split(", ")}
    found = {f"{name.partition('/')[0]}/" if "/" in name else name for name in texts}
    assert found == named | {"README.ja.html", "README.en.html"}
    for language in ("ja", "en"):
        page = texts[f"README.{language}.html"]
        assert made.incident_id in page
        assert all(name in page for one in FILES for name in one.split(", "))
        assert "<script" not in page
    told, _ = json.loads(texts["findings.json"])
    assert texts[f"queries/{told['finding_id']}.sql"].strip() == told["evidence"]["query"]
    assert "detector.yaml" in "".join(texts)
    settings = json.loads(texts["settings.json"])
    assert settings["timezone"] == "Asia/Tokyo"
    assert {"deliver", "lake", "access"}.isdisjoint(settings)


def test_python_alone_verifies_it(made: Bundle, tmp_path: Path) -> None:
    """By the script in it, without anything of this project or of others."""
    (tmp_path / "verify.py").write_text(_texts(made.file)["verify.py"])
    done = subprocess.run(
        [sys.executable, "-I", "-S", "verify.py", str(made.file)],
        cwd=tmp_path,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert (found["ok"], found["files"]) == (True, made.files)
    assert found["manifest_sha256"] == made.manifest_sha256


def _rewritten(bundle: Path, target: Path, change: Callable[[dict[str, bytes]], None]) -> Path:
    with zipfile.ZipFile(bundle) as file:
        contents = {name: file.read(name) for name in file.namelist()}
    change(contents)
    with zipfile.ZipFile(target, "w") as file:
        for name, content in contents.items():
            file.writestr(name, content)
    return target


@pytest.mark.parametrize(
    ("change", "where"),
    [
        (lambda files: files.update({"lines.ndjson": files["lines.ndjson"] + b"{}\n"}), "lines"),
        (lambda files: files.update({"lines.ndjson": files["lines.ndjson"][:-1]}), "lines"),
        (lambda files: files.pop("findings.json"), "findings"),
        (lambda files: files.update({"more.json": b"{}"}), "more"),
        (lambda files: files.pop("manifest.json"), "manifest"),
        (lambda files: files.update({"manifest.json": b'{"files": [1]}'}), "manifest"),
        (lambda files: files.update({"manifest.json": b"\xff"}), "manifest"),
        (lambda files: files.clear(), "manifest"),
    ],
)
def test_every_change_shows(
    made: Bundle, tmp_path: Path, change: Callable[[dict[str, bytes]], None], where: str
) -> None:
    """What is changed, removed, added, or damaged."""
    found = verify(str(_rewritten(made.file, tmp_path / "changed.zip", change)))
    assert not found["ok"]
    assert any(name.startswith(where) for name in found["faults"])


def test_a_changed_manifest_has_another_digest(world: World, made: Bundle, tmp_path: Path) -> None:
    """Whoever changes a file and the manifest with it has one that is on no record."""

    def change(files: dict[str, bytes]) -> None:
        files["lines.ndjson"] = b""
        values = json.loads(files["manifest.json"])
        for one in values["files"]:
            if one["path"] == "lines.ndjson":
                one |= {"bytes": 0, "sha256": hashlib.sha256(b"").hexdigest()}
        files["manifest.json"] = json.dumps(values).encode()

    found = verify(str(_rewritten(made.file, tmp_path / "changed.zip", change)))
    assert found["ok"]
    assert found["manifest_sha256"] != made.manifest_sha256
    records = Records(world.home)
    assert is_on_record(records, made.manifest_sha256)
    assert not is_on_record(records, found["manifest_sha256"])


@pytest.mark.parametrize("content", [b"", b"no zip file", b"PK\x03\x04"])
def test_what_is_no_bundle_is_said_to_be_none(tmp_path: Path, content: bytes) -> None:
    """Without a traceback."""
    (tmp_path / "x.zip").write_bytes(content)
    assert not verify(str(tmp_path / "x.zip"))["ok"]
    assert not verify(str(tmp_path / "none.zip"))["ok"]


def test_what_it_rests_on_is_held_once(world: World, made: Bundle, tmp_path: Path) -> None:
    """A second bundle of the incident finds the hold of the first."""
    assert _made(world, tmp_path / "again.zip").hold_ids == made.hold_ids
    with lake.open_reader(world.home, "UTC") as con:
        held = read_holds(con)
    assert {one.hold_id for one in held} == set(made.hold_ids)
    assert {(one.actor_kind, one.actor, one.from_day, one.to_day) for one in held} == {
        ("user", "st-1", DAY, DAY),
        ("ip", "192.0.2.1", DAY, DAY),
    }
    assert {(one.author, made.incident_id in one.reason) for one in held} == {("st-auditor", True)}


def test_it_is_private_and_on_record(world: World, made: Bundle) -> None:
    """Who made it, of which incident, with how many lines."""
    assert made.file.stat().st_mode & 0o077 == 0
    uses = [
        one for one in Records(world.home).entries(Series.USE) if one.what == "incident evidence"
    ]
    assert uses[0].rows == made.lines


def test_logs_that_changed_prove_nothing(world: World, made: Bundle, tmp_path: Path) -> None:
    """A file that grew or is gone gives records without digests of lines, not wrong ones."""
    home = world.home
    landing = tmp_path / "logs"
    shutil.copytree(home.logs, landing)  # with other times
    for path in landing.rglob("*"):
        if path.is_file():
            path.write_bytes(path.read_bytes() + b"more\n")
    for logs in (landing, tmp_path / "nowhere"):
        bundle = make_bundle(
            home,
            world.settings,
            made.incident_id,
            None,
            tmp_path / "without.zip",
            lambda: NOW,
            author="st-auditor",
            landing=logs,
            holds=False,
        )
        assert (bundle.lines, bundle.lines_proven) == (made.lines, 0)
        assert {one["line_sha256"] for one in _lines(bundle)} == {None}
        assert bundle.hold_ids == ()


def test_bad_names_and_places_are_refused(world: World, tmp_path: Path) -> None:
    """Nothing is written, and nothing is held."""
    for name, out in (("9", tmp_path / "x.zip"), ("1", tmp_path), ("1", tmp_path / "no" / "x.zip")):
        with pytest.raises(UsageError):
            _made(world, out, name)
    assert list(tmp_path.iterdir()) == []


def test_the_commands_make_and_verify_it(world: World, tmp_path: Path) -> None:
    """What it leaves with is in the register; a changed one ends with 1."""
    base = ["--config", str(world.root / "mimamori.yaml"), "--home", str(world.home.root)]
    out = tmp_path / "e.zip"
    made = CliRunner().invoke(
        cli, [*base, "incident", "1", "evidence", "--date", str(DAY), "-o", str(out), "--json"]
    )
    assert made.exit_code == 0, made.output
    said = json.loads(made.stdout)
    good = CliRunner().invoke(cli, [*base, "evidence", "verify", str(out), "--json"])
    assert good.exit_code == 0
    assert json.loads(good.stdout)["on_record"] is True
    assert json.loads(good.stdout)["manifest_sha256"] == said["manifest_sha256"]
    bad = _rewritten(out, tmp_path / "bad.zip", lambda files: files.update({"x": b""}))
    wrong = CliRunner().invoke(cli, [*base, "evidence", "verify", str(bad)])
    assert wrong.exit_code == 1
    assert "is not in the manifest" in wrong.output
    elsewhere = ["--config", str(world.root / "mimamori.yaml"), "--home", str(tmp_path / "none")]
    other = CliRunner().invoke(cli, [*elsewhere, "evidence", "verify", str(out), "--json"])
    assert (other.exit_code, json.loads(other.stdout)["on_record"]) == (0, None)
    [given] = [
        one.about
        for one in Records(world.home).entries(Series.DISCLOSURES)
        if "evidence" in one.about["items"]
    ]
    assert given["reached"] == [str(out)]


def _raw_changes() -> Iterator[tuple[str, Callable[[bytes], bytes]]]:
    """What is hidden between, before or behind the entries, or in their headers."""
    yield "before", lambda content: b"PK\x03\x04 hidden" + content
    yield "behind", lambda content: content[:-2] + b"\x05\x00" + b"x" * 5


@pytest.mark.parametrize(("where", "change"), list(_raw_changes()))
def test_nothing_hides_in_the_file(
    made: Bundle, tmp_path: Path, where: str, change: Callable[[bytes], bytes]
) -> None:
    """What another program would show, or nobody."""
    (tmp_path / "x.zip").write_bytes(change(made.file.read_bytes()))
    assert not verify(str(tmp_path / "x.zip"))["ok"], where


def _entry_changes() -> Iterator[tuple[str, Callable[[zipfile.ZipInfo], None]]]:
    def with_link(entry: zipfile.ZipInfo) -> None:
        entry.external_attr = 0o120777 << 16

    def with_second_name(entry: zipfile.ZipInfo) -> None:
        entry.extra = struct.pack("<HHB4s", 0x7075, 5 + 5, 1, b"crc.") + b"other"

    def with_comment(entry: zipfile.ZipInfo) -> None:
        entry.comment = b"<script>"

    yield "a link", with_link
    yield "a second name", with_second_name
    yield "a comment", with_comment


@pytest.mark.parametrize(("what", "change"), list(_entry_changes()))
def test_entries_are_plain(
    made: Bundle, tmp_path: Path, what: str, change: Callable[[zipfile.ZipInfo], None]
) -> None:
    """Some programs follow what others ignore."""
    target = tmp_path / "x.zip"
    with zipfile.ZipFile(made.file) as whole, zipfile.ZipFile(target, "w") as file:
        for one in whole.infolist():
            entry = zipfile.ZipInfo(one.filename, one.date_time)
            if one.filename == "findings.json":
                change(entry)
            file.writestr(entry, whole.read(one.filename))
    assert "findings.json" in verify(str(target))["faults"], what


@pytest.mark.parametrize(
    "content", ["[" * 100_000, '{"files": [{"bytes": 1e999}]}', '{"files":[]}']
)
def test_a_hostile_manifest_raises_nothing(made: Bundle, tmp_path: Path, content: str) -> None:
    """It is a fault like any other."""

    def change(files: dict[str, bytes]) -> None:
        files["manifest.json"] = content.encode()

    found = verify(str(_rewritten(made.file, tmp_path / "x.zip", change)))
    assert "manifest.json" in found["faults"]


def test_a_copied_record_proves_nothing(world: World, made: Bundle, tmp_path: Path) -> None:
    """One that names another manifest breaks the chain, and so counts for none."""
    copied = tmp_path / "var"
    shutil.copytree(world.home.root, copied)
    records = Records(Home(copied))
    note_change(records, {"page.html"}, NOW + dt.timedelta(days=40), "in another month")
    assert is_on_record(records, made.manifest_sha256)
    noted = [
        one for one in records.files(Series.EVIDENCE) if made.manifest_sha256 in one.read_text()
    ]
    path = noted[0]
    lines = path.read_text().splitlines()
    [line] = [one for one in lines if made.manifest_sha256 in one][:1]
    path.write_text("\n".join([*lines, line.replace(made.manifest_sha256, "b" * 64)]) + "\n")
    assert not is_on_record(records, "b" * 64)
