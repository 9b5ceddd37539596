"""Why an act was not done, in the reader's words, with the status of the answer."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from pipelines.airflow_reports.casework.versions import ChangedError
from pipelines.errors import LakeBusyError, MimamoriError, UsageError
from pipelines.text.messages import Message, message

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Problem:
    """What the page says above the form that is shown again, and its HTTP status."""

    status: int
    text: Message

    @classmethod
    def old_form(cls) -> "Problem":
        """The token is missing, expired or another's: whoever meant it sends the form again."""
        return cls(403, message("airflow_reports.casework.old_form"))


@dataclass
class Outcome:
    """How an act ended: None where it was done."""

    problem: Problem | None = None


@contextmanager
def not_done() -> Iterator[Outcome]:
    """Yield what says, after the block, why the act in it was not done."""
    outcome = Outcome()
    try:
        yield outcome
    except ChangedError:
        outcome.problem = Problem(409, message("airflow_reports.casework.changed"))
    except LakeBusyError:
        outcome.problem = Problem(503, message("airflow_reports.casework.busy"))
    except UsageError as error:
        outcome.problem = Problem(422, _said(error))
    except MimamoriError:
        log.exception("a decision could not be put on record")
        outcome.problem = Problem(503, message("airflow_reports.casework.not_recorded"))


def _said(error: UsageError) -> Message:
    """The message of an error without the option of the command line that it begins with."""
    said = error.args[0]
    if not isinstance(said, Message):
        return message("airflow_reports.casework.not_possible")
    bare = {
        language: text.partition(": ")[2] if text.startswith("--") else text
        for language, text in said.texts.items()
    }
    return Message(str(said), bare)
