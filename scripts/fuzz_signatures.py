"""Random and mutated strings through the signatures of web attacks: does time stay linear?

    PYTHONPATH=scripts python scripts/fuzz_signatures.py --strings 1000000

Half of the strings are random (alphabets from plain words to bare metacharacters), half begin as
the examples of the signatures and are cut, joined, repeated, re-encoded and strewn with signs of
their own. Prints, by length, how many there were, the mean and the longest time of one, and the
time for each character. A failure prints its string and ends with code 1.
"""

import argparse
import multiprocessing
import random
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import quote

from targets import table

from pipelines.detect.web.match import found_in
from pipelines.detect.web.signatures import Place, load_families

_ALPHABETS = (
    "abcdefghijklmnopqrstuvwxyz0123456789/-_.=&",
    "'\"`;|&$(){}[]<>\\/*#%@!~^:,.=+-? \t",
    "0123456789abcdef%",
    "%25%u+&=;",
    "../\\;%",
    "アイウ漢字。 '<>＜＞＇／",
    "\x00\x01\x7f\x80\xff\u202e\ufeff \n\r",
)
_PIECES = (
    "../",
    "%252e",
    "/**/",
    "${",
    "{{",
    "<x ",
    "' or ",
    "((",
    "&#x",
    "%u00",
    "\\x",
    "a=",
    "&",
    "+",
    "==",
    "()",
)
_BATCH = 2_000


@dataclass
class Times:
    """Of the strings of a length."""

    count: int = 0
    characters: int = 0
    seconds: float = 0.0
    longest: float = 0.0

    def add(self, other: "Times") -> None:
        """Take the times of another batch."""
        self.count += other.count
        self.characters += other.characters
        self.seconds += other.seconds
        self.longest = max(self.longest, other.longest)


def strings(draw: random.Random, count: int, longest: int) -> Iterator[tuple[Place, str]]:
    """Yield places and strings, the same for the same seed."""
    examples = [
        (place, signature.example)
        for family in load_families().values()
        for signature in family.signatures
        for place in family.targets_of(signature)
    ]
    places = sorted({place for place, _ in examples})
    for number in range(count):
        length = int(longest ** draw.random())
        if number % 2:
            alphabet = draw.choice(_ALPHABETS)
            yield draw.choice(places), "".join(draw.choices(alphabet, k=length))
        else:
            place, text = draw.choice(examples)
            for _ in range(draw.randint(1, 4)):
                text = _mutated(draw, text, examples)
            yield place, text[:longest]


def _mutated(draw: random.Random, text: str, examples: list[tuple[Place, str]]) -> str:
    start, end = sorted(draw.choices(range(len(text) + 1), k=2))
    before, between, after = text[:start], text[start:end], text[end:]
    kinds: tuple[Callable[[], str], ...] = (
        lambda: before + after,
        lambda: before + draw.choice(_ALPHABETS)[:6] + between + after,
        lambda: text + draw.choice(("&a=", "/", "%00", " ")) + draw.choice(examples)[1],
        lambda: before + between * draw.randint(2, 200) + after,
        lambda: before + quote(between) + after,
        lambda: before + draw.choice(_PIECES) * draw.randint(2, 1000) + between + after,
        text.swapcase,
    )
    return draw.choice(kinds)()


def _learn_patterns() -> None:
    """Build the automata, which the first text of a place would wait for."""
    for place, text in strings(random.Random(0), 200, 256):  # noqa: S311 - nothing secret
        found_in(place, text)


def _measured(task: tuple[int, int, int]) -> dict[int, Times]:
    seed, count, longest = task
    times: dict[int, Times] = defaultdict(Times)
    for place, text in strings(random.Random(seed), count, longest):  # noqa: S311 - nothing secret
        began = time.perf_counter()
        try:
            found_in(place, text)
        except Exception as error:
            raise SystemExit(f"{place}: {text!r}: {error!r}") from error
        seconds = time.perf_counter() - began
        times[max(16, 1 << len(text).bit_length())].add(Times(1, len(text), seconds, seconds))
    return times


def main() -> None:
    """Draw, judge, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--strings", type=int, default=1_000_000)
    parser.add_argument("--longest", type=int, default=8192, help="characters")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=multiprocessing.cpu_count())
    options = parser.parse_args()
    batches = -(-options.strings // _BATCH)
    tasks = [
        (
            options.seed * batches + number,
            min(_BATCH, options.strings - number * _BATCH),
            options.longest,
        )
        for number in range(batches)
    ]
    total: dict[int, Times] = defaultdict(Times)
    with multiprocessing.get_context("spawn").Pool(options.jobs, _learn_patterns) as pool:
        for times in pool.imap_unordered(_measured, tasks):
            for length, each in times.items():
                total[length].add(each)
    print(
        table(
            ("shorter than", "strings", "mean ms", "longest ms", "µs a character"),
            [
                (
                    f"{length:,}",
                    f"{each.count:,}",
                    f"{each.seconds / each.count * 1e3:.2f}",
                    f"{each.longest * 1e3:.1f}",
                    f"{each.seconds / max(1, each.characters) * 1e6:.2f}",
                )
                for length, each in sorted(total.items())
            ],
        )
    )
    print(f"\n{sum(each.count for each in total.values()):,} strings")


if __name__ == "__main__":
    main()
