"""A day on which people are signed in: the input that most real sites look like.

As that of `bench.generate`, but a fifth of the lines is of people who have signed in (400 staff,
480 users of shops, 20,000 customers, over 300,000 records), and a twentieth is of forty bots and AI
agents by their names. On an ugly day a fault lets customers open each other's records. The same for
a seed.
"""

import sys
from pathlib import Path

import numpy as np
import polars as pl

from bench.generate import SEED, Integers, lines_of, write_chunks
from bench.vocabulary import Vocabulary

STAFF, SHOP_USERS, CUSTOMERS, RECORDS = 400, 480, 20_000, 300_000
SIGNED_IN_SHARE, BOT_SHARE = 0.2, 0.05
BOTS = (
    *("AhrefsBot", "Amazonbot", "Applebot", "Baiduspider", "Bytespider", "CCBot", "ChatGPT-User"),
    *("Claude-SearchBot", "Claude-User", "ClaudeBot", "DataForSeoBot", "DotBot", "DuckAssistBot"),
    *("DuckDuckBot", "GPTBot", "Google-InspectionTool", "GoogleOther", "Googlebot", "ImagesiftBot"),
    *("LinkedInBot", "MJ12bot", "Meta-ExternalAgent", "MistralAI-User", "OAI-SearchBot"),
    *("PerplexityBot", "Perplexity-User", "PetalBot", "Pinterestbot", "SemrushBot", "SeznamBot"),
    *("Slackbot", "Sogou", "Twitterbot", "Yeti", "YandexBot", "YouBot", "archive.org_bot"),
    *("bingbot", "facebookexternalhit", "omgili"),
)
_ADDRESSES_OF_A_BOT = 20
_OWN_RECORDS = 3_000  # of a person at work; one look in ten is at any other
_KINDS = {"staff": 0.25, "shop": 0.15, "customer": 0.60}
_WORK = {"record": 0.45, "list": 0.10, "export": 0.0005}
_AT_HOME = {"record": 0.40, "login": 0.04}


def write_log(packed: Path, lines: int, seed: int = SEED, *, is_ugly: bool = False) -> None:
    """Write the day as gz; a file that is there is left alone."""

    def overlaid(frame: pl.DataFrame, words: Vocabulary, rng: np.random.Generator) -> pl.DataFrame:
        drawn = rng.random(len(frame))
        people = _signed_in(frame, words, rng, is_ugly=is_ugly)
        bots = _bots(frame, words, rng)
        names = ("address", "user", "request", "status", "agent")
        return frame.with_columns(
            pl.when(pl.Series(drawn < SIGNED_IN_SHARE))
            .then(people[name])
            .when(pl.Series(drawn >= 1 - BOT_SHARE))
            .then(bots[name])
            .otherwise(frame[name])
            .alias(name)
            for name in names
        )

    write_chunks([packed], packed, lines_of(lines, seed, overlaid))


def _chosen(rng: np.random.Generator, shares: dict[str, float], count: int) -> pl.Series:
    """Draw names by their shares; what is left of one is `other`."""
    names = [*shares, "other"]
    rest = max(0.0, 1 - sum(shares.values()))
    drawn: Integers = rng.choice(len(names), count, p=[*shares.values(), rest]).astype(np.uint32)
    return pl.Series(names).gather(drawn)


def _signed_in(
    frame: pl.DataFrame, words: Vocabulary, rng: np.random.Generator, *, is_ugly: bool
) -> pl.DataFrame:
    count = len(frame)
    people = pl.DataFrame(
        {
            "kind": _chosen(rng, _KINDS, count),
            "staff": rng.integers(0, STAFF, count),
            "shop": rng.integers(0, SHOP_USERS, count),
            "customer": (CUSTOMERS * rng.random(count) ** 1.3).astype(np.int64),
            "near": (_OWN_RECORDS * rng.random(count) ** 2).astype(np.int64),
            "any": rng.integers(0, RECORDS, count),
            "is_any": rng.random(count) < 0.1,  # noqa: PLR2004 - one look in ten
            "page": rng.integers(1, 90, count),
            "at_work": _chosen(rng, _WORK, count),
            "at_home": _chosen(rng, _AT_HOME, count),
            "request": frame["request"],
            "status": frame["status"],
        }
    )
    is_customer = pl.col("kind") == "customer"
    # Each person has a number of their own, by which address, agent and records follow.
    number = (
        pl.when(pl.col("kind") == "staff")
        .then(pl.col("staff"))
        .when(pl.col("kind") == "shop")
        .then(STAFF + pl.col("shop"))
        .otherwise(STAFF + SHOP_USERS + pl.col("customer"))
    )
    user = (
        pl.when(pl.col("kind") == "staff")
        .then(pl.format("st-{}", pl.col("staff") + 1000))
        .when(pl.col("kind") == "shop")
        .then(pl.format("fr{}-{}", pl.col("shop") // 3 + 100, pl.col("shop") % 3 + 1))
        .otherwise(pl.format("c{}", pl.col("customer") + 1_000_000))
    )
    own = pl.col("any") if is_ugly else pl.col("customer")
    record = (
        pl.when(is_customer)
        .then(own)
        .when("is_any")
        .then("any")
        .otherwise((number * 7_919 + pl.col("near")) % RECORDS)
    )
    does = pl.when(is_customer).then("at_home").otherwise("at_work")
    people = people.with_columns(number=number, user=user, record=record, does=does)
    requests = {
        "record": pl.format("GET /customers/{} HTTP/1.1", pl.col("record") + 1_000_000),
        "list": pl.format("GET /customers?page={} HTTP/1.1", "page"),
        "export": pl.lit("GET /export/customers HTTP/1.1"),
        "login": pl.lit("POST /login HTTP/1.1"),
    }
    request, status = pl.col("request"), pl.col("status")
    for what, text in requests.items():
        request = pl.when(pl.col("does") == what).then(text).otherwise(request)
        answer = pl.lit(302 if what == "login" else 200)
        status = pl.when(pl.col("does") == what).then(answer).otherwise(status)
    people = people.with_columns(request=request, status=status.cast(frame["status"].dtype))
    numbers = people["number"]
    return people.select("user", "request", "status").with_columns(
        address=words.addresses.gather((numbers * 5 + 3) % len(words.addresses)),
        agent=words.agents.gather(numbers * 11 % 400),
    )


def _bots(frame: pl.DataFrame, words: Vocabulary, rng: np.random.Generator) -> pl.DataFrame:
    count = len(frame)
    bot = (len(BOTS) * rng.random(count) ** 2).astype(np.uint32)
    address = bot * _ADDRESSES_OF_A_BOT + rng.integers(0, _ADDRESSES_OF_A_BOT, count)
    agents = pl.Series(f"Mozilla/5.0 (compatible; {name}/1.0)" for name in BOTS)
    return frame.with_columns(
        address=words.addresses.gather(len(words.addresses) - 1 - address),
        user=pl.lit("-"),
        agent=agents.gather(bot),
    )


if __name__ == "__main__":
    write_log(Path(sys.argv[1]), int(sys.argv[2]), is_ugly=sys.argv[3:] == ["ugly"])
