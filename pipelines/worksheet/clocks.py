"""The clocks of a worksheet: until when whom must be told, in Japan time."""

import datetime as dt

from pipelines.text.words import Words
from pipelines.worksheet.document import Headline, Part, Table
from pipelines.worksheet.law import JAPAN, Deadline
from pipelines.worksheet.maker import Maker


def clocks_part(ends: tuple[Deadline, ...], known_at: dt.datetime, maker: Maker) -> Part:
    """Return both laws' deadlines, each with its source; `known_at` is an aware instant."""
    say = maker.say
    rows = tuple(
        (
            say(f"clocks.{one.period.id}"),
            say(f"law.{one.period.law}"),
            known_at.astimezone(JAPAN),
            _ends(one, maker.words),
            one.period.source_in(maker.words.language),
            say(f"checked.{one.period.checked}"),
        )
        for one in ends
    )
    return Part(
        "clocks",
        say("clocks.heading"),
        (say("clocks.given" if maker.known_at else "clocks.told"),),
        (Table(maker.columns("clocks.columns"), rows),),
        (say("clocks.counting"), say("clocks.delegated")),
    )


def clock_headlines(ends: tuple[Deadline, ...], maker: Maker) -> tuple[Headline, ...]:
    """Return the deadlines as the first screen shows them, in Japan time."""
    by_id = {one.period.id: one for one in ends}
    other = by_id.get("final_improper")
    return tuple(
        Headline(
            maker.say(f"clocks.headline.{one.period.id}"),
            maker.say("clocks.by", day=_ends_shortly(one, maker.words)),
            maker.say(
                f"clocks.headline_note.{one.period.id}",
                other=_japan(other.ends_at[-1], maker.words) if other else "–",
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
