"""docs/scale.md, followed to the letter: the database is set up, the lake goes there and back."""

import datetime as dt
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from pipelines.paths import PROJECT_ROOT
from tests.cluster import attacked_day
from tests.cluster.conftest import BUCKET, SECRETS, Servers

pytestmark = [pytest.mark.servers, pytest.mark.slow, pytest.mark.further]

_DAY = "2026-11-19"
_PAGE = (PROJECT_ROOT / "docs" / "scale.md").read_text(encoding="utf-8")
_FINDINGS = (
    "sql",
    "select finding_id, date, detector, actor, score from lake.findings order by finding_id",
    "--format",
    "csv",
)


def _blocks(kind: str, part: str) -> list[str]:
    """The blocks of a kind in a part of the page."""
    (text,) = re.findall(rf"^## [^\n]*{part}\n(.*?)^## ", _PAGE, re.DOTALL | re.MULTILINE)
    return re.findall(rf"```{kind}\n(.*?)```", text, re.DOTALL)


def _settings(servers: Servers) -> str:
    """The page's `lake:`, with these servers in place of its own, and the keys where they are."""
    (text,) = _blocks("yaml", "Settings")
    own = {
        "host=db.example": f"host=127.0.0.1 port={servers.postgres}",
        "sslmode=verify-full": "",
        "s3://mimamori/lake": f"s3://{BUCKET}/of-the-page",
        "endpoint: s3.example": f'endpoint: "127.0.0.1:{servers.s3}"',
        "region: ap-northeast-1": "region: us-east-1",
        "use_ssl: true": "use_ssl: false",
        "dbname=mimamori": "dbname=of_the_page",
        "user=mimamori": "user=of_the_page",
    }
    for before, after in own.items():
        assert before in text
        text = text.replace(before, after)
    return re.sub(r"^  keys:.*\n", "", text, flags=re.MULTILINE)


def test_the_page_is_right(servers: Servers, tmp_path: Path) -> None:
    """With the rights that it gives, its commands move the lake, and every finding is there."""
    (setting_up,) = _blocks("sql", "Setting up PostgreSQL")
    with servers.connect() as con:
        for statement in setting_up.replace("mimamori", "of_the_page").split(";\n"):
            if statement.strip():
                con.execute(statement.replace("'…'", "'hush'"))
    there, back = _blocks("sh", "Moving")
    names = re.findall(r"(\w+)=…", there)
    assert len(names) == 3
    secrets = dict(zip(names, ["hush", *list(SECRETS.values())[1:]], strict=True))
    (tmp_path / "config").mkdir()
    config = tmp_path / "config" / "mimamori.yaml"
    config.write_text(attacked_day.SETTINGS)
    log = tmp_path / "var" / "logs" / "main" / "access.log"
    log.parent.mkdir(parents=True)
    log.write_text(attacked_day.lines(dt.date.fromisoformat(_DAY), "st-Kanariya"))

    def run(*command: str, settings: str = "config/mimamori.yaml") -> str:
        done = subprocess.run(
            [sys.executable, "-m", "pipelines", *command],
            cwd=tmp_path,
            env={
                "PATH": os.environ["PATH"],
                "LANG": "C.UTF-8",
                "PYTHONPATH": str(PROJECT_ROOT),
                "MIMAMORI_CONFIG": settings,
                "MIMAMORI_HOME": "var",
                **secrets,
            },
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def do(block: str) -> None:
        for line in block.splitlines():
            words = shlex.split(line, comments=True)
            if words[0] == "cp":
                shutil.copy(tmp_path / words[1], tmp_path / words[2])
                with (tmp_path / words[2]).open("a") as copy:
                    copy.write(_settings(servers))
            elif words[0] == "mimamori":
                run(*words[1:])
            else:
                assert words[0] == "export"

    run("run", "--date", _DAY)
    before = run(*_FINDINGS)
    assert "Kanariya" in before
    do(there)
    new = "config/servers.yaml"
    assert run(*_FINDINGS, settings=new) == before
    assert not (tmp_path / "var" / "keys" / "catalog.sqlite").exists()
    run("run", "--date", _DAY, settings=new)
    run("audit", "verify", settings=new)
    run("doctor", settings=new)
    do(back)
    assert not (tmp_path / "var" / "lake" / "moved.json").exists()
    run(*_FINDINGS)
    run("audit", "verify")
