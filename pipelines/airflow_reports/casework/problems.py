"""Why an act was not done, in the reader's words, with the status of the answer."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import duckdb
from sqlalchemy.exc import SQLAlchemyError

from pipelines.airflow_reports.casework.versions import ChangedError
from pipelines.errors import LakeBusyError, MimamoriError, SettingsError, UsageError
from pipelines.text.messages import Message, message

log = logging.getLogger(__name__)

_FIELDS = {
    "--by": message("airflow_reports.casework.field.answered_by"),
    "--due": message("airflow_reports.casework.field.day"),
    "--note": message("airflow_reports.casework.field.note"),
    "--reply-by": message("airflow_reports.casework.field.day"),
    "--reason": message("airflow_reports.casework.field.note"),
    "--to": message("airflow_reports.casework.field.owner"),
    "--until": message("airflow_reports.casework.field.day"),
}


@dataclass(frozen=True)
class Problem:
    """What the page says above the form that is shown again, and its HTTP status."""

    status: int
    text: Message

    @classmethod
    def changed(cls) -> "Problem":
        """It is not as the page showed it; whoever meant it looks again."""
        return cls(409, message("airflow_reports.casework.changed"))

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
        outcome.problem = Problem.changed()
    except LakeBusyError:
        outcome.problem = Problem(503, message("airflow_reports.casework.busy"))
    except SettingsError:
        log.exception("a key cannot be had")
        outcome.problem = Problem(503, message("airflow_reports.casework.not_recorded"))
    except UsageError as error:
        outcome.problem = Problem(422, said_of(error))
    except (MimamoriError, SQLAlchemyError, duckdb.Error):
        log.exception("a decision could not be put on record")
        outcome.problem = Problem(503, message("airflow_reports.casework.not_recorded"))


def said_of(error: UsageError) -> Message:
    """Return the message of an error; an option that it begins with by its field."""
    said = error.args[0]
    if not isinstance(said, Message):
        return message("airflow_reports.casework.not_possible")
    if not said.startswith("--"):
        return said
    bare = {language: text.partition(": ")[2] for language, text in said.texts.items()}
    text = Message(str(said).partition(": ")[2], bare)
    field = _FIELDS.get(said.partition(":")[0].partition(" ")[0])
    if field is None:
        return text
    return message("airflow_reports.casework.about_field", field=field, text=text)
