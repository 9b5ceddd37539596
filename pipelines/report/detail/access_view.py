"""Who saw personal data on the day, whose, and whether that is usual: a table of few users."""

from dataclasses import dataclass

from pipelines.findings import Finding
from pipelines.report.detail.close_up_view import PeopleView, people_view
from pipelines.report.detail_facts import Compared, Sample, UserDay
from pipelines.report.finding_view import ID_LIMIT, RenderContext
from pipelines.text.display import visible
from pipelines.triage.incidents import OPEN_STATUSES

_NONE = Sample((), 0)


@dataclass(frozen=True)
class AccessRow:
    """A user at a site; `finding_id` leads to what was found about them, empty for nothing."""

    user: str
    user_type: str
    site: str
    people: int
    usual: str
    most: str
    peers: str
    peers_note: str
    compared: Compared
    compared_label: str
    mark: str
    accesses: int
    accesses_note: str
    refused: int
    examples: PeopleView
    when: str
    finding_id: str
    severity: str
    severity_label: str


@dataclass(frozen=True)
class AccessView:
    """The section: the whole in a phrase and in sentences, and the users to know of."""

    fact: str
    sentence: str
    rows: tuple[AccessRow, ...]
    cut: int


_MARKS = {Compared.FAR_MORE: "high", Compared.MORE: "medium", Compared.UNKNOWN: "info"}


def access_view(context: RenderContext) -> AccessView:
    """Return who saw personal data on the day."""
    words, access = context.words, context.detail.access
    accesses = sum(count for _, _, count in access.by_type)
    kinds = [
        words(
            "access.kind",
            kind=words.known(f"user_type.{kind}", words("standing.no_kind")),
            n=users,
            accesses=count,
        )
        for kind, users, count in access.by_type
    ]
    others = [
        words(f"access.{name}", n=count)
        for name, count in (
            ("far_more", access.far_more),
            ("elsewhere", access.elsewhere),
            ("anonymous", access.anonymous),
            ("bots", access.bots),
        )
        if count
    ]
    total = context.facts.personal_accesses
    rest = max(total - accesses, 0)
    given = {"n": access.users_total, "total": total, "accesses": accesses, "rest": rest}
    ending = "_rest" if rest else ""
    parts = [words("access.kinds", kinds=words("list_separator").join(kinds))] if kinds else []
    worst: dict[tuple[str, str | None], Finding] = {}
    for finding in context.facts.findings:
        if finding.actor_kind == "user" and finding.status in OPEN_STATUSES:
            worst.setdefault((finding.actor, finding.site_id), finding)
    return AccessView(
        fact=words(f"access.fact{ending or '_value'}", **given),
        sentence=words("sentence_separator").join(
            [words(f"access.headline{ending}", **given), *parts, *others]
        ),
        rows=tuple(
            _row(context, one, worst.get((one.user_id, one.site_id))) for one in access.users
        ),
        cut=max(access.users_total - len({one.user_id for one in access.users}), 0),
    )


def _row(context: RenderContext, one: UserDay, finding: Finding | None) -> AccessRow:
    words = context.words
    kind = visible(one.user_type or "", ID_LIMIT)
    peers = one.peers if one.has_peers else None
    notes = [
        words(f"access.{name}", n=count)
        for name, count in (("lists", one.lists), ("exports", one.exports))
        if count
    ]
    return AccessRow(
        user=visible(one.user_id, ID_LIMIT),
        user_type=words.known(f"user_type.{kind}", kind),
        site=context.site(one.site_id),
        people=one.subjects,
        usual=words.number(round(one.usual, 1)) if one.has_past and one.usual is not None else "–",
        most=words("access.most", n=one.most_before, days=one.past_days) if one.has_past else "",
        peers=(
            words("access.peers", median=round(peers.median, 1), high=round(peers.high, 1))
            if peers
            else words("access.few_peers")
        ),
        peers_note=(
            words("access.peers_note", n=peers.count, highest=peers.highest) if peers else ""
        ),
        compared=one.compared,
        compared_label=words(f"access.compared.{one.compared}"),
        mark=_MARKS.get(one.compared, "ok"),
        accesses=one.accesses,
        accesses_note=words("list_separator").join(notes),
        refused=one.refused,
        examples=people_view(context.detail.access.samples.get((one.user_id, one.site_id), _NONE)),
        when=(
            f"{words.clock(one.first_time)}–{words.clock(one.last_time)}"
            if one.first_time and one.last_time
            else "–"
        ),
        finding_id=finding.finding_id if finding else "",
        severity=finding.severity if finding else "",
        severity_label=words(f"severity.{finding.severity}") if finding else "",
    )
