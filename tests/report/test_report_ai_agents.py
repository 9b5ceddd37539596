"""The section on AI crawlers and assistants: who came, what for, and what they read."""

from pipelines.detect.catalogue import load_catalogue
from pipelines.report.ai_agent_view import AGENTS_SHOWN, ai_agents_view
from pipelines.report.ai_agents import AiAgentDay
from pipelines.report.finding_view import RenderContext
from pipelines.report.page import Navigation, render_day
from pipelines.text.words import Words
from tests.report import report_lake
from tests.report.report_facts import make_facts

JA, EN = (Words(language, report_lake.ZONE) for language in ("ja", "en"))


def agent(name="GPTBot", verdict="verified", purpose="training", personal=0, read=()):
    """An agent of the day with forty requests."""
    return AiAgentDay(
        name, verdict, purpose, ["a", "b", "c", "d"], 3, 40, 7, personal, personal, 2, "OpenAI",
        list(read),
    )  # fmt: skip


def context(*agents, words=JA):
    """What a page is rendered from."""
    return RenderContext(words, load_catalogue(), make_facts(ai_agents=agents))


def test_purposes_are_kept_apart_and_impostors_are_counted():
    """The sentence says how much was read for what, and how much of it by nobody of that name."""
    agents = (
        agent(),
        agent("ChatGPT-User", "unknown", "assistant"),
        agent("ClaudeBot", "false"),
        agent("Google-Extended", "false", None),
    )
    assert ai_agents_view(context(*agents)).sentence == (
        "学習 80 件、利用者のアシスタント 40 件、偽物 80 件"
    )
    english = ai_agents_view(context(*agents, words=EN))
    assert english.sentence == "training 80, a person's assistant 40, 80 by impostors"
    assert [row.verdict for row in english.rows] == [
        "verified", "not known", "impostor", "impostor"
    ]  # fmt: skip
    assert english.rows[3].purpose == "none (a name for robots.txt)"
    assert english.rows[0].sites == "a, b, c, and 1 more"


def test_what_was_read_is_shown_and_nothing_in_it_is_markup():
    """Paths are the client's own words."""
    page = render_day(
        make_facts(ai_agents=(agent(personal=2, read=["customer", "/<script>\u202e" + "x" * 99]),)),
        context(agent(personal=2, read=["customer", "/<script>\u202e" + "x" * 99])),
        Navigation(report_lake.NOW, 20),
    )
    section = page.partition('<h2 id="ai-agents">')[2].partition("<h2 id=")[0]
    assert "GPTBot（OpenAI）" in section
    assert "customer" in section
    assert "/&lt;script&gt;‹U+202E›" in section
    assert "x" * 90 not in section


def test_a_flood_of_names_is_cut_and_counted():
    """The page stays readable."""
    agents = [agent(f"bot{number}") for number in range(AGENTS_SHOWN + 5)]
    view = ai_agents_view(context(*agents))
    assert (len(view.rows), view.cut) == (AGENTS_SHOWN, 5)


def test_a_day_without_them_says_so():
    """No table without rows."""
    page = render_day(make_facts(), context(), Navigation(report_lake.NOW, 20))
    assert "AI のクローラーやアシスタントを名乗るリクエストはありません" in page
