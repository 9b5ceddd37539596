"""A question as a mail: plain text, in the language of the reports.

The subject names product, reference and day, and no person: it shows on locked screens and in the
logs of every mail server on the way.
"""

import datetime as dt
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime

from pipelines.asking.facts import Asked
from pipelines.detect.catalogue import load_catalogue
from pipelines.report.case_words import ID_LIMIT, days_in_words
from pipelines.settings.delivery import EMail, Questions
from pipelines.text.display import SUMMARY_LIMIT, visible
from pipelines.text.mail_policy import SMTP
from pipelines.text.validate import LONGEST_NOTE
from pipelines.text.words import Words


def compose(
    asked: Asked, to: str, email: EMail, questions: Questions, words: Words, at: dt.datetime
) -> EmailMessage:
    """Return the mail to the address `to`, in seven-bit form; `at` is an aware instant.

    The Message-ID is the same for the same question, so that one that had to be sent twice shows
    once. Answers go to `reply_to` of the settings, else to the first of the team's addresses.
    """
    question = asked.question
    mail = EmailMessage(policy=SMTP)
    mail["Subject"] = words(
        "ask.subject",
        product=words("product"),
        reference=question.question_id,
        reply_by=question.reply_by.isoformat(),
    )
    mail["From"] = Address(words("product"), addr_spec=email.from_)
    mail["To"] = [Address(addr_spec=to)]
    mail["Reply-To"] = [Address(addr_spec=questions.reply_to or email.to[0])]
    mail["Date"] = format_datetime(at.astimezone(words.zone))
    mail["Message-ID"] = f"<{question.question_id}@{email.from_.partition('@')[2]}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(letter_text(asked, words), cte="base64")
    return mail


def letter_text(asked: Asked, words: Words) -> str:
    """Return the letter: whom it is about, what was looked at, who asks, and how to answer."""
    question = asked.question
    rows = [
        ("who", _who(asked, words)),
        ("what", _found(asked, words)),
        ("days", days_in_words(words, asked.days)),
        ("sites", words("list_separator").join(visible(one, ID_LIMIT) for one in asked.site_ids)),
        (
            "seen",
            words("ask.seen", n=asked.accesses, people=asked.people) if asked.accesses else "",
        ),
        (
            "kinds",
            words("list_separator").join(visible(one, ID_LIMIT) for one in asked.categories),
        ),
        (
            "subjects",
            words("list_separator").join(visible(one, ID_LIMIT) for one in asked.subjects),
        ),
        ("asked_by", visible(question.author, ID_LIMIT)),
        ("note", _plain(question.note or "", LONGEST_NOTE)),
        ("reply_by", words.long_day(question.reply_by)),
        ("reference", question.question_id),
    ]
    manager = asked.manager
    addressed = (manager.name if manager else None) or question.manager
    return "\n".join(
        [
            words("ask.greeting", name=_plain(addressed, ID_LIMIT)),
            "",
            words("ask.lead"),
            "",
            *(
                words("ask.row", name=words(f"ask.name.{key}"), text=text)
                for key, text in rows
                if text
            ),
            "",
            words("ask.how"),
            *_row_of_list(asked, words),
            "",
            words("ask.meaning"),
            words("ask.confidential"),
            "",
            "-- ",
            words("deliver.footer"),
            "",
        ]
    )


def _who(asked: Asked, words: Words) -> str:
    account = _plain(asked.question.actor, ID_LIMIT)
    name = asked.person.name if asked.person else None
    about = [account if name else "", _plain(asked.department or "", ID_LIMIT)]
    detail = words("list_separator").join(one for one in about if one)
    text = _plain(name, ID_LIMIT) if name else account
    return words("with_detail", text=text, detail=detail) if detail else text


def _row_of_list(asked: Asked, words: Words) -> list[str]:
    """What rows of `context.assignments` have to say in order to cover every finding asked about.

    Times are local, in whole seconds. Such a row is for a site, so that none can cover a finding
    of several sites; nothing is said of the list then.
    """
    if not asked.findings or any(one.site_id is None for one in asked.findings):
        return []
    first = min(one.first_seen for one in asked.findings).astimezone(words.zone)
    last = max(one.last_seen for one in asked.findings).astimezone(words.zone)
    return [
        words(
            "ask.how_listed",
            user=_plain(asked.question.actor, ID_LIMIT),
            first=_second(first),
            last=_second(last + dt.timedelta(seconds=1)),
            sites=words("list_separator").join(visible(one, ID_LIMIT) for one in asked.site_ids),
            reference=asked.question.question_id,
        )
    ]


def _second(at: dt.datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S}"


def _found(asked: Asked, words: Words) -> str:
    catalogue = load_catalogue()
    parts = []
    for detector, (people, is_of_a_day) in sorted(asked.most_people(words.zone).items()):
        known = catalogue.get(detector)
        title = known.title.in_locale(words.language) if known else _plain(detector, ID_LIMIT)
        detail = words("ask.people" if is_of_a_day else "ask.people_over_days", n=people)
        parts.append(words("with_detail", text=title, detail=detail) if people else title)
    return words("list_separator").join(parts)


def _plain(text: str, limit: int = SUMMARY_LIMIT) -> str:
    """Text of others on one line, of which no mail program makes a link."""
    return visible(" ".join(text.split()), limit).replace("://", "[:]//")
