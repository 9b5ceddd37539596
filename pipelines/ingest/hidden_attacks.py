"""Attacks that a mask would hide: a call-back host that is written like an e-mail address.

Texts that are masked are judged as they were logged, with what detection judges with: signatures
and Sigma rules. Only the names of those that match are kept, so no personal value is among them.
Most texts hold harmless signs alone: of these signatures look only at hosts in addresses and at
what may be base64.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Final, NamedTuple

import polars as pl

from pipelines.text.base64_text import RUN_LOGGED

PLACES: Final = {
    "url_path": "path",
    "url_query": "query",
    "referrer": "referrer",
    "user_agent": "agent",
}
"""How detection calls the columns."""

# Two words beside each other may be a command, two points a way to another folder; of escapes
# those of a space, `+,-/:@_` and of characters of several bytes are harmless, those of ASCII not.
_NOT_HARMLESS: Final = (
    r"[^A-Za-z0-9_.~=&@%+/,:\[\]-]|\.\.|(?::|%3[Aa])(?:/|%2[Ff])|[A-Za-z0-9](?:\+|%20)[A-Za-z0-9]"
    r"|%(?:[0167]|2[1-9AEae]|3[0-9B-Fb-f]|4[1-9A-Fa-f]|5[0-9A-Ea-e]|[Cc][01]|[Ee]0|[Ee][Ff])"
    r"|%(?:[^0-9A-Fa-f]|$)|=(?:/|%2[Ff]){2}"
)
_ORIGIN: Final = r"^https?://[^/?#@]*"
_HOST: Final = r"(?:@|%40)([A-Za-z0-9.-]+)"


class AttackSearch(NamedTuple):
    """How detection judges: `signals` of distinct texts by place, and whether hosts are call-backs.

    Signals have the columns `text`, `family`, `signature` and `weight`. `rules` tells by number
    of the row which rules match a record, as they are kept.
    """

    signals: Callable[[str, pl.Series], pl.DataFrame]
    are_call_backs: Callable[[list[str]], list[bool]]
    rules: Callable[[pl.DataFrame], Mapping[int, Sequence[str]]] = lambda _: {}


class HiddenAttacks:
    """The search, with the hosts that it has met; may be used by many threads at once."""

    _MOST_HOSTS = 100_000

    def __init__(self, search: AttackSearch) -> None:
        """Begin with no host."""
        self._search = search
        self._hosts: dict[str, bool] = {}

    def find(self, logged: pl.DataFrame, masked: pl.DataFrame) -> pl.Series:
        """Return what the masks hide in each row, `;` between; null where nothing is hidden.

        Of a signature `place family signature weight`, of a rule `rule detector`. The frames are
        records with the same rows; `logged` may have texts that `masked` lacks.
        """
        found: dict[int, list[str]] = {}
        for name, place in PLACES.items():
            if name in masked.columns:
                self._find_in(place, logged.get_column(name), masked.get_column(name), found)
        for row, rules in self._search.rules(logged).items():
            found.setdefault(row, []).extend(sorted(rules))
        none = pl.Series("masked_attacks", [None], dtype=pl.String).new_from_index(0, len(logged))
        return none.scatter(list(found), [";".join(attacks) for attacks in found.values()])

    def _find_in(
        self, place: str, logged: pl.Series, masked: pl.Series, found: dict[int, list[str]]
    ) -> None:
        rows = (logged != masked).fill_null(value=False).arg_true()
        rows = rows.filter(self._are_doubtful(place, logged.gather(rows)))
        if rows.is_empty():
            return
        before = self._signatures(place, logged.gather(rows))
        after = self._signatures(place, masked.gather(rows))
        for row, text, kept in zip(rows, logged.gather(rows), masked.gather(rows), strict=True):
            hidden = before.get(text, set()) - after.get(kept, set())
            if hidden:
                found.setdefault(row, []).extend(f"{place} {each}" for each in sorted(hidden))

    def _signatures(self, place: str, texts: pl.Series) -> dict[str, set[str]]:
        found: dict[str, set[str]] = {}
        signals = self._search.signals(place, texts).select("text", "family", "signature", "weight")
        for text, *signal in signals.iter_rows():
            found.setdefault(text, set()).add(" ".join(map(str, signal)))
        return found

    def _are_doubtful(self, place: str, texts: pl.Series) -> pl.Series:
        if place == "agent":  # few, and full of signs
            return texts.is_not_null()
        if place == "referrer":
            texts = texts.str.replace(_ORIGIN, "").str.replace("?", "&", literal=True)
        doubtful = texts.str.contains(_NOT_HARMLESS) | texts.str.contains(RUN_LOGGED)
        hosts = texts.str.extract_all(_HOST)
        found = self._judged(hosts.explode().drop_nulls().unique().to_list())
        bad = [host for host, is_bad in found.items() if is_bad]
        return doubtful | hosts.list.eval(pl.element().is_in(bad)).list.any() if bad else doubtful

    def _judged(self, hosts: list[str]) -> dict[str, bool]:
        """Whether each host is a call-back's."""
        known = self._hosts
        if len(known) > self._MOST_HOSTS:
            known = self._hosts = {}
        new = [host for host in hosts if host not in known]
        judged = dict(zip(new, self._search.are_call_backs(new), strict=True)) if new else {}
        known.update(judged)
        return {host: judged[host] if host in judged else known[host] for host in hosts}
