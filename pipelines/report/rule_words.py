"""What a finding of a Sigma rule says of its rule: the author's words, from the finding itself.

The rule may be changed or gone when the report is read, so that nothing here looks it up.
"""

import re
from dataclasses import dataclass

from pipelines.findings import Finding
from pipelines.text.display import visible
from pipelines.text.words import Words

_PREFIX = "sigma:"
_STEPS = 3
_LONGEST_TITLE = 160
_LONGEST_TEXT = 1_000
_TECHNIQUE = re.compile(r"attack\.(t[0-9]{4}(?:\.[0-9]{3})?)", re.IGNORECASE)


@dataclass(frozen=True)
class RuleWords:
    """Title, description and so on of a rule; log values and the author's are visible and cut."""

    title: str
    description: str
    false_positives: str
    attack_ids: tuple[str, ...]
    playbook: tuple[str, ...]


def title_in(finding: Finding) -> str | None:
    """Return the title that a finding brings along; None where it is no Sigma rule's."""
    title = finding.evidence.get("title")
    if not finding.detector.startswith(_PREFIX) or not isinstance(title, str) or not title:
        return None
    return visible(title, _LONGEST_TITLE)


def rule_words(words: Words, finding: Finding) -> RuleWords | None:
    """Return the words about the rule of a finding; None where it is no Sigma rule's."""
    title = title_in(finding)
    if title is None:
        return None
    evidence = finding.evidence
    description = evidence.get("description")
    techniques = (_TECHNIQUE.fullmatch(tag) for tag in _texts(evidence.get("tags")))
    return RuleWords(
        title=title,
        description=(
            visible(description, _LONGEST_TEXT)
            if isinstance(description, str)
            else words("finding.sigma_rule")
        ),
        false_positives=visible(
            words("list_separator").join(_texts(evidence.get("false_positives"))), _LONGEST_TEXT
        ),
        attack_ids=tuple(match[1].upper() for match in techniques if match),
        playbook=tuple(words(f"finding.sigma_step_{n}") for n in range(1, _STEPS + 1)),
    )


def _texts(value: object) -> list[str]:
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []
