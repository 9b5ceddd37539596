"""AI crawlers and assistants in the reader's words: what for, verified or not, what they read."""

from dataclasses import dataclass

from pipelines.report.ai_agents import AiAgentDay
from pipelines.report.finding_view import RenderContext
from pipelines.text.display import visible

AGENTS_SHOWN = 30
_SITES_NAMED = 3
_PAGE_LIMIT = 60
_PURPOSES = ("training", "search", "assistant")


@dataclass(frozen=True)
class AiAgentRow:
    """An agent as one line of a table; log values are visible and cut, not yet escaped."""

    name: str
    purpose: str
    verdict: str
    is_impostor: bool
    sites: str
    addresses: int
    requests: int
    pages: int
    personal_accesses: int
    subjects: int
    refused: int
    most_read: tuple[str, ...]


@dataclass(frozen=True)
class AiAgentsView:
    """The section: a sentence, the agents, how many are not shown; what stands in their place."""

    sentence: str
    rows: tuple[AiAgentRow, ...]
    cut: int
    empty: str


def ai_agents_view(context: RenderContext) -> AiAgentsView:
    """Return the AI agents of the day, those with personal data first, then the busiest."""
    agents = context.facts.ai_agents
    if agents is None:
        return AiAgentsView("", (), 0, context.words("ai_agents.unread"))
    return AiAgentsView(
        _sentence(context, agents),
        tuple(_row(context, one) for one in agents[:AGENTS_SHOWN]),
        max(len(agents) - AGENTS_SHOWN, 0),
        context.words("ai_agents.none"),
    )


def _row(context: RenderContext, agent: AiAgentDay) -> AiAgentRow:
    words = context.words
    sites = [context.site(site) for site in agent.sites[:_SITES_NAMED]]
    more = len(agent.sites) - len(sites)
    rest = [words("more", n=more)] if more else []
    return AiAgentRow(
        name=words("with_detail", text=agent.bot_name, detail=agent.operator),
        purpose=words(f"ai_agents.purpose.{agent.purpose or 'token'}"),
        verdict=words(f"ai_agents.verdict.{agent.verdict}"),
        is_impostor=agent.verdict == "false",
        sites=words("list_separator").join([*sites, *rest]),
        addresses=agent.addresses,
        requests=agent.requests,
        pages=agent.pages,
        personal_accesses=agent.personal_accesses,
        subjects=agent.subjects,
        refused=agent.refused,
        most_read=tuple(visible(page, _PAGE_LIMIT) for page in agent.most_read),
    )


def _sentence(context: RenderContext, agents: tuple[AiAgentDay, ...]) -> str:
    """How many requests there were for what, and how many of them by impostors."""
    words = context.words
    counts = {
        purpose: sum(one.requests for one in agents if one.purpose == purpose)
        for purpose in _PURPOSES
    }
    parts = [
        words("ai_agents.part", purpose=words(f"ai_agents.purpose.{purpose}"), n=n)
        for purpose, n in counts.items()
        if n
    ]
    impostors = sum(one.requests for one in agents if one.verdict == "false")
    if impostors:
        parts.append(words("ai_agents.impostors", n=impostors))
    return words("list_separator").join(parts)
