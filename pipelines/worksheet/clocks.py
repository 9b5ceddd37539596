"""The clocks of a worksheet: until when whom must be told, in Japan time."""

import datetime as dt

from pipelines.text.words import Words
from pipelines.worksheet.document import Headline, Part, Table
from pipelines.worksheet.law import JAPAN, Deadline
from pipelines.worksheet.writer import WorksheetWriter


def clocks_part(ends: tuple[Deadline, ...], known_at: dt.datetime, writer: WorksheetWriter) -> Part:
    """Return both laws' deadlines, each with its source; `known_at` is an aware instant."""
    sentence = writer.sentence
    rows = tuple(
        (
            sentence(f"clocks.{one.period.id}"),
            sentence(f"law.{one.period.law}"),
            known_at.astimezone(JAPAN),
            _ends(one, writer.words),
            one.period.source_in(writer.words.language),
            sentence(f"checked.{one.period.checked}"),
        )
        for one in ends
    )
    return Part(
        "clocks",
        sentence("clocks.heading"),
        (sentence("clocks.given" if writer.known_at else "clocks.told"),),
        (Table(writer.columns("clocks.columns"), rows),),
        (sentence("clocks.counting"), sentence("clocks.delegated")),
    )


def clock_headlines(ends: tuple[Deadline, ...], writer: WorksheetWriter) -> tuple[Headline, ...]:
    """Return the deadlines as the first screen shows them, in Japan time."""
    by_id = {one.period.id: one for one in ends}
    other = by_id.get("final_improper")
    return tuple(
        Headline(
            writer.sentence(f"clocks.headline.{one.period.id}"),
            writer.sentence("clocks.by", day=_ends_shortly(one, writer.words)),
            writer.sentence(
                f"clocks.headline_note.{one.period.id}",
                other=_japan(other.ends_at[-1], writer.words) if other else "–",
            ),
        )
        for one in ends
        if one.period.id != "final_improper"
    )


def _ends(deadline: Deadline, words: Words) -> str:
    return " – ".join(_japan(end, words) for end in deadline.ends_at)


def _ends_shortly(deadline: Deadline, words: Words) -> str:
    if len(deadline.ends_at) == 1:
        return _ends(deadline, words)
    return " – ".join(words.short_day(end.date()) for end in deadline.ends_at)


def _japan(instant: dt.datetime, words: Words) -> str:
    local = instant.astimezone(JAPAN)
    clock = "" if (local.hour, local.minute) == (23, 59) else f" {local:%H:%M}"
    return words.iso_day(local.date()) + clock
