"""A user's day against the own past and the peers: a strip, and the same in sentences."""

from dataclasses import dataclass

from markupsafe import Markup

from pipelines.report.charts import Caption, Chart, Range, strip_chart
from pipelines.report.detail_facts import FEWEST_PEERS, Spread, UserDay
from pipelines.report.finding_view import ID_LIMIT
from pipelines.text.display import visible
from pipelines.text.words import Words


@dataclass(frozen=True)
class Standing:
    """A user's day at one site in words; no chart where the peers are too few."""

    site: str
    chart: Chart | None
    peers: str
    past: str


def standing_of(words: Words, day: UserDay, ident: str) -> Standing:
    """Return how a user's day stands; `ident` makes the chart's ids unique on the page.

    People are compared; accesses where the user saw lists and exports only.
    """
    by_people = day.subjects > 0 or day.accesses == 0
    spread = day.peers if by_people else day.peer_accesses
    value = day.subjects if by_people else day.accesses
    unit = "people" if by_people else "accesses"
    kind = words.known(f"user_type.{day.user_type}", visible(day.user_type or "", ID_LIMIT))
    given = {
        "kind": kind or words("standing.no_kind"),
        "where": words("standing.at_site" if day.is_near else "standing.at_group"),
    }
    if spread is None or spread.count < FEWEST_PEERS:
        count = spread.count if spread else 0
        return Standing(
            visible(day.site_id, ID_LIMIT),
            None,
            words("standing.few_peers", n=count, **given),
            past_in_words(words, day),
        )
    caption = words("sentence_separator").join(
        (
            words(
                f"standing.peers_{unit}",
                n=spread.count,
                **given,
                median=round(spread.median, 1),
                high=round(spread.high, 1),
                highest=spread.highest,
            ),
            _place(words, value, spread, unit),
        )
    )
    label = words(f"standing.value_{unit}", n=value)
    svg = strip_chart(
        value,
        label,
        Range(spread.median, spread.high, spread.highest),
        Caption(words("standing.title", user=visible(day.user_id, ID_LIMIT)), caption),
        ident,
    )
    return Standing(
        visible(day.site_id, ID_LIMIT),
        Chart(Markup(svg), caption),  # noqa: S704 - the chart escapes its texts
        caption,
        past_in_words(words, day),
    )


def past_in_words(words: Words, day: UserDay) -> str:
    """Return what the user saw on the days before, or that there are too few of them."""
    if not day.has_past or day.usual is None or day.most_before is None:
        return words("standing.few_days", n=day.past_days)
    return words("standing.past", n=day.past_days, usual=round(day.usual, 1), most=day.most_before)


def _place(words: Words, value: float, spread: Spread, unit: str) -> str:
    """Where the value is among the others."""
    shown = words(f"standing.value_{unit}", n=value)
    if value > spread.highest:
        if spread.highest > 0:
            return words("standing.above_all", value=shown, ratio=f"{value / spread.highest:,.1f}")
        return words("standing.above_none", value=shown)
    return words("standing.above_high" if value > spread.high else "standing.within", value=shown)
