"""Sends questions to managers, each once: what cannot be sent now is sent by a later night.

The ledger of deliveries says what went out; a question of which it knows nothing is still to be
sent. One whose case is closed by then is not sent any more.
"""

import hashlib
import logging
from dataclasses import dataclass
from functools import partial

import duckdb

from pipelines import lake
from pipelines.asking.facts import Asked, gather_asked
from pipelines.asking.letter import compose
from pipelines.deliver.channel import ChannelError, Receipt, with_patience
from pipelines.deliver.ledger import Ledger
from pipelines.deliver.means import Means
from pipelines.deliver.outlets import mail_server
from pipelines.deliver.run import UNREACHED, Delivery
from pipelines.deliver.smtp import submit
from pipelines.errors import MimamoriError
from pipelines.paths import Home
from pipelines.records import Act, account
from pipelines.settings.delivery import Deliver, EMail
from pipelines.settings.model import Settings
from pipelines.text.messages import message
from pipelines.text.words import Words
from pipelines.triage.cases.decisions import CaseDecision, insert_decisions
from pipelines.triage.cases.questions import Question, read_questions

log = logging.getLogger(__name__)

_QUICK_SECONDS = 5.0
KIND = CHANNEL = "question"
"""Under which a question stands in the ledger of deliveries, its reference as the period."""


@dataclass(frozen=True)
class _Post:
    """What sends letters: the settings of mail, the words, the ledger and the means."""

    target: Deliver
    email: EMail
    words: Words
    ledger: Ledger
    means: Means


def send_questions(
    settings: Settings,
    home: Home,
    ledger: Ledger,
    means: Means,
    only: str | None = None,
    *,
    is_quick: bool = False,
    is_dry_run: bool = False,
) -> list[Delivery]:
    """Send every question that is open and did not go out yet; return what became of each.

    `only` is the reference of one question. A failure is a result and stops no other. With
    `is_quick` nothing is tried a second time, and the server has little time to answer.

    Raises:
        MimamoriError: the lake or the ledger cannot be read.
    """
    target = settings.deliver
    email = None if target is None else target.email
    if target is None or email is None:
        return []
    at = means.clock()
    today = at.astimezone(settings.zone).date()
    with lake.open_reader(home, settings.timezone) as con:
        asked = _unsent(con, ledger, only)
        told = [gather_asked(con, settings, one.when_sent(at), today) for one in asked]
    words = Words(settings.locale, settings.zone)
    if is_quick:
        seconds = min(target.timeout_seconds, _QUICK_SECONDS)
        target = target.model_copy(update={"attempts": 1, "timeout_seconds": seconds})
    post = _Post(target, email, words, ledger, means)
    done: list[Delivery] = []
    unreached = 0
    for one in told:
        if not one.findings:
            continue  # nothing is open any more that could be explained
        reference = one.question.question_id
        if is_dry_run:
            done.append(Delivery(CHANNEL, KIND, reference, "would_send"))
            continue
        try:
            if unreached >= UNREACHED:
                raise ChannelError(message("deliver.run.server_down"))
            done.append(_sent(post, one))
            unreached = 0
        except MimamoriError as error:
            unreached += isinstance(error, ChannelError) and error.may_pass
            log.warning("question %s: %s", reference, error)
            said = error.args[0]  # with all its languages, where it is a message
            done.append(Delivery(CHANNEL, KIND, reference, "failed", said))
    return done


def as_sent(question: Question, ledger: Ledger) -> Question:
    """Return a question with what the ledger knows of its letter, which the lake may learn later.

    Raises:
        MimamoriError: the ledger cannot be used.
    """
    at = ledger.sent_at(KIND, question.question_id, CHANNEL)
    return question if at is None else question.when_sent(at)


def note_sent(con: duckdb.DuckDBPyConnection, ledger: Ledger) -> int:
    """Put down in the lake which open questions went out; return how many that was not known of.

    `con` may write. From then on the days to answer are counted.

    Raises:
        MimamoriError: the ledger cannot be used.
    """
    made = []
    for one in read_questions(con):
        sent = as_sent(one, ledger) if one.is_open and one.sent_at is None else one
        if sent is one or sent.sent_at is None:
            continue
        made.append(
            CaseDecision(
                one.case_id, "user", one.actor, "sent", None, sent.reply_by, None, None, 0,
                account(), sent.sent_at, one.question_id, one.manager,
            )
        )  # fmt: skip
    if made:
        with lake.transaction(con):
            insert_decisions(con, made)
    return len(made)


def _unsent(con: duckdb.DuckDBPyConnection, ledger: Ledger, only: str | None) -> list[Question]:
    """The open questions of which the ledger knows nothing."""
    return [
        one
        for one in read_questions(con)
        if one.is_open
        and only in {None, one.question_id}
        and ledger.sent_at(KIND, one.question_id, CHANNEL) is None
    ]


def _sent(post: _Post, asked: Asked) -> Delivery:
    reference, means = asked.question.question_id, post.means
    if asked.manager is None or asked.manager.mail is None:
        raise ChannelError(message("asking.no_address"))
    to = asked.manager.mail
    send = partial(_submitted, post, asked, to)
    with post.ledger.delivery(KIND, reference, CHANNEL, "", means.clock()) as entry:
        if entry.state != "missing":
            return Delivery(CHANNEL, KIND, reference, "already_sent")
        with means.records.use(Act("deliver question", {"question": reference}), means.clock):
            receipt = with_patience(send, post.target.attempts, means.pause)
            means.register("email", f"question {reference}", receipt)
        entry.receipt = receipt
    return Delivery(CHANNEL, KIND, reference, "sent")


def _submitted(post: _Post, asked: Asked, to: str) -> Receipt:
    mail = compose(asked, to, post.email, post.target.questions, post.words, post.means.clock())
    source = mail.as_bytes()
    head = post.means.records.head().hash
    means = post.means
    server = mail_server(post.email, post.target, means.secret, is_airflow=means.is_airflow)
    submit(server, source, post.email.from_, [to])
    return Receipt((to,), hashlib.sha256(source).hexdigest(), head=head, items=("question",))
