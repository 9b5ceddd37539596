"""A lake with cases about people whose managers are listed, and settings that can ask them."""

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pipelines import lake
from pipelines.context.directory import keep_directory
from pipelines.context.load import read_all
from pipelines.lake.keyed_hashes import use_salts
from pipelines.lake.keyed_ids import KeyedIds
from pipelines.night.deliveries import Outside, send_question
from pipelines.paths import Home
from pipelines.privacy.pseudonym import Pseudonyms
from pipelines.settings.model import Settings
from pipelines.triage.cases.ask import ask, take_answers
from pipelines.triage.cases.questions import Question, read_questions
from pipelines.triage.detected import replace_findings
from tests.detect.given_findings import DAY, clock_at, make, settings_in

PEOPLE = """user,person,name,department,manager,left_on,mail
st-1,P1,山田 花子,契約課,P9,,
st-1b,P1,,,,,
boss,P9,上野 次郎,契約課,P10,,boss@prime.example
chief,P10,長田 三郎,,,,chief@prime.example
lonely,P20,,,P20,,
orphan,P21,,,,,
stray,P22,,,P77,,
gone-1,P23,,,P24,,
left,P24,,,P10,2026-10-31,left@prime.example
mute-1,P25,,,P26,,
mute,P26,,,,,not an address
left-2,P28,,,P10,,
left-3,P29,,,P10,,
team-1,P27,,,st-9x,,
st-9x,,,,chief,,nine@prime.example
"""
USERS = (
    *("st-1", "boss", "chief", "lonely", "orphan", "stray", "gone-1", "mute-1", "team-1"),
    *("left-2", "left-3"),
    "nobody",
)
TODAY = DAY + dt.timedelta(days=1)
Clock = Callable[[], dt.datetime]
NOW = clock_at(TODAY, "09:00")


def case(user: str) -> str:
    """Return the id of a user's case."""
    return KeyedIds().case("user", user)


def settings_at(folder: Path, port: int = 1, **questions: Any) -> Settings:
    """Return settings that ask by a mail server on this machine, with lists beside them."""
    (folder / "people.csv").write_text(PEOPLE, encoding="utf-8")
    assignments = folder / "assignments.csv"
    if not assignments.exists():
        assignments.write_text("user,team,subject,site,from,to,reason\n", encoding="utf-8")
    (folder / "teams.csv").write_text("user,team\nst-1b,renewal\n", encoding="utf-8")
    smtp = {"host": "localhost", "port": port, "security": "none"}
    mail = {"from": "mimamori@prime.example", "to": ["security@prime.example"], "smtp": smtp}
    names = ("people", "assignments", "teams")
    return settings_in(
        folder,
        context={name: f"{name}.csv" for name in names},
        deliver={"email": mail, "attempts": 1, "questions": questions},
    )


def fill(home: Home, settings: Settings) -> None:
    """Write the directory, a case for each of `USERS`, and one about an address."""
    with lake.open_writer(home, settings.timezone) as con:
        keep_directory(con, settings, read_all(con, settings), NOW())
        use_salts(con, Pseudonyms())  # `case` has no lake to ask
        con.execute(
            "insert into lake.site (site_id, site_group, seen_at) values ('site', 'main', ?)",
            [NOW()],
        )
        findings = [
            make(actor=user, evidence={"subjects": ["70001", "70002"], "accounts": []})
            for user in USERS
        ]
        findings.append(make("off-hours-access", actor="st-1", subject_count=12))
        findings.append(make("sql-injection", actor_kind="ip", actor="192.0.2.1", evidence={}))
        replace_findings(con, DAY, findings, [], NOW)


def asked(
    home: Home,
    settings: Settings,
    user: str,
    day: dt.date | None = None,
    author: str = "officer (mm)",
) -> Question:
    """Ask about a user's case as of the day after the findings."""
    return ask(home, settings, case(user), day, "棚卸しですか", author, NOW)


def sent(
    home: Home, settings: Settings, reference: str, clock: Clock = NOW
) -> list[tuple[str, str]]:
    """Try to send a question; return status and message of each try."""
    outside = Outside(lambda _name: None, clock)
    done = send_question(settings, home, reference, outside, is_quick=True)
    return [(one.status, one.message) for one in done]


def listed(home: Home, settings: Settings, user: str) -> Question:
    """Return the last question about a user's case."""
    with lake.open_reader(home, settings.timezone) as con:
        return read_questions(con, [case(user)])[-1]


def answered_by_list(home: Home, settings: Settings, folder: Path, *rows: str) -> int:
    """Write entries of assignments and take the answers among them, as a night does."""
    header = "user,team,subject,site,from,to,reason"
    (folder / "assignments.csv").write_text("\n".join([header, *rows, ""]), encoding="utf-8")
    with lake.open_writer(home, settings.timezone) as con:
        return take_answers(con, home, settings, read_all(con, settings), NOW)
