"""Erased persons whom files that are delivered again bring back, in columns or in texts.

Tombstones have keyed hashes alone: what may be a value is hashed and compared.
"""

import datetime as dt
import html
import re
from collections.abc import Iterable, Iterator, Sequence
from urllib.parse import unquote

import duckdb

from pipelines.privacy.pseudonym import Pseudonyms
from pipelines.subject.erase import hash_of
from pipelines.subject.person import SHORTEST, Kind, Person

# A value in a text is whole words with what is between them, such as the four of an address.
_WORDS = re.compile(r"[0-9A-Za-z]+|[^\x00-\x7f]+")
_MOST_WORDS = 8
_FROM = (
    " from lake.request_fact as fact where fact.file_id in (select unnest($files::ubigint[]))"
    " and fact.time < $until"
)
_VALUES: dict[Kind, str] = {
    "user": f"select distinct fact.user_id{_FROM} and fact.user_id is not null",
    "subject": f"select distinct fact.subject_id{_FROM} and fact.subject_id is not null",
    "ip": "select distinct client.client_ip from lake.client as client"
    f" where client.client_ip is not null and client.client_id in (select fact.client_id{_FROM})",
}
_TEXTS = f"""
select fact.url_path{_FROM}
union select fact.url_query{_FROM}
union select fact.referrer{_FROM}
union select agent.user_agent from lake.agent as agent
where agent.agent_id in (select fact.agent_id{_FROM})
union select unnest([client.client_host, client.client_domain]) from lake.client as client
where client.client_id in (select fact.client_id{_FROM})
union select profile.site_domain from lake.request_profile as profile
where profile.request_profile_id in (select fact.request_profile_id{_FROM})
union select reject.line from lake.reject as reject
where reject.file_id in (select unnest($files::ubigint[]))
"""


def erased_before(
    con: duckdb.DuckDBPyConnection, pseudonyms: Pseudonyms, files: Sequence[int]
) -> list[tuple[Person, dt.datetime]]:
    """Return the erased persons whom readings of these files brought back, and until when.

    Lines of later instants are new: they were not asked to be erased. A value in a text is found
    where it has at most eight words.
    """
    graves: dict[tuple[Kind, str], dt.datetime] = {
        (kind, value_hash): until
        for kind, value_hash, until in con.execute(
            "select person_kind, value_hash, max(until_at) from lake.tombstone group by all"
        ).fetchall()
    }
    if not graves or not files:
        return []
    bound = {"files": list(files), "until": max(graves.values())}
    candidates: set[tuple[Kind, str]] = {
        (kind, value)
        for kind, query in _VALUES.items()
        for (value,) in con.execute(query, bound).fetchall()
    }
    texts = [text for (text,) in con.execute(_TEXTS, bound).fetchall() if text]
    kinds = {kind for kind, _ in graves}
    candidates |= {(kind, value) for value in set(values_in(texts)) for kind in kinds}
    return [
        (Person(kind, value, (value,)), until)
        for kind, value in sorted(candidates)
        if (until := graves.get((kind, hash_of(pseudonyms, kind, value)))) is not None
    ]


def values_in(texts: Iterable[str]) -> Iterator[str]:
    """Yield what may be a value in texts: up to eight words that stand side by side."""
    for text in texts:
        once = unquote(text)
        for form in {text, once, html.unescape(unquote(once))}:
            words = list(_WORDS.finditer(form))
            for number, first in enumerate(words):
                for last in words[number : number + _MOST_WORDS]:
                    if last.end() - first.start() >= SHORTEST:
                        yield form[first.start() : last.end()]
