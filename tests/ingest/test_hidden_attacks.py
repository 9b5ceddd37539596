"""Attacks within what redaction masks are judged as logged, and no value of theirs is kept."""

from collections.abc import Sequence

import polars as pl

from pipelines.detect.web.call_backs import are_call_backs
from pipelines.detect.web.judge import signals
from pipelines.detect.web.signatures import Place
from pipelines.ingest.hidden_attacks import AttackSearch, HiddenAttacks
from pipelines.privacy.redact import Redactor
from pipelines.settings.model import Redaction

_CALL_BACK = "server-side-request-forgery call-back-host"


class _Search:
    """Detection's own search, and how many texts it was asked about."""

    def __init__(self) -> None:
        self.asked = 0

    def signals(self, place: str, texts: pl.Series) -> pl.DataFrame:
        self.asked += len(texts)
        return signals(Place(place), texts)


def _hidden(search: _Search, **texts: Sequence[str | None]) -> list[str | None]:
    logged = pl.DataFrame(texts, schema=dict.fromkeys(texts, pl.String))
    masked = Redactor(Redaction()).columns(logged)
    attacks = HiddenAttacks(AttackSearch(search.signals, are_call_backs))
    return attacks.find(logged, masked).to_list()


def test_call_back_written_like_an_address_is_told_by_its_signature() -> None:
    """In an agent, a query, a path and a referrer; the address itself stands nowhere."""
    agents = ["Mozilla/5.0 root@a1b2.oastify.com", "Bot (mailto:admin@prime.example)", None]
    found = _hidden(_Search(), user_agent=agents)
    assert found[0] is not None
    assert found[0].startswith(f"agent {_CALL_BACK} ")
    assert "a1b2" not in found[0]
    assert found[1:] == [None, None]
    rows = {
        "url_query": ["mail=x@a1.oast.fun&page=2", "mail=taro@prime.example"],
        "url_path": ["/u/y@a2.oast.fun", "/u/taro@prime.example"],
        "referrer": ["https://www.prime.example/?m=z@a3.oast.fun", "https://www.prime.example/"],
    }
    both, none = _hidden(_Search(), **rows)
    assert both is not None
    assert [each.split()[:3] for each in both.split(";")] == [
        [place, *_CALL_BACK.split()] for place in ("path", "query", "referrer")
    ]
    assert none is None


def test_host_behind_a_user_name_is_told_although_both_are_masked_as_a_mail_address() -> None:
    """A redirect to another site, without a scheme; the name and the host stand nowhere."""
    (found,) = _hidden(_Search(), url_query=["to=//www.prime.example@files.example/"])
    assert found is not None
    assert "query remote-inclusion odd-redirect" in found
    assert "files.example" not in found


def test_harmless_values_are_not_judged() -> None:
    """Addresses, numbers and tokens of everyday cost no search; doubtful signs do."""
    search = _Search()
    queries = [
        "email=taro%40example.com&page=3",
        "id=7&tel=090-1234-5678",
        "token=9f86d081884c7d65&next=%2Fcustomers",
        "name=%E5%B1%B1%E7%94%B0",
    ]
    assert _hidden(search, url_query=queries) == [None] * 4
    assert search.asked == 0
    _hidden(search, url_query=["name=Taro+Yamada", "password=a%27b"])
    assert search.asked > 0


def test_what_the_masked_text_still_shows_is_not_told_twice() -> None:
    """An attack beside a value is found by detection itself."""
    queries = ["tel=090-1234-5678&q=%27+union+select+1--", "password=x%27+or+1=1--"]
    assert _hidden(_Search(), url_query=queries) == [None, None]
