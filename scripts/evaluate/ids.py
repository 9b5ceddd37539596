"""How customers and users are numbered: the shapes that ids have in a world."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

from evaluate.dice import Dice

_FAMILY = ("sato", "suzuki", "takahashi", "tanaka", "ito", "watanabe", "yamamoto", "nakamura",
           "kobayashi", "kato", "yoshida", "yamada", "sasaki", "yamaguchi", "matsumoto", "inoue",
           "kimura", "hayashi", "shimizu", "saito", "mori", "abe", "ikeda", "hashimoto", "ishikawa",
           "ogawa", "okada", "goto", "hasegawa", "murakami", "kondo", "ishii", "sakamoto", "endo",
           "aoki", "fujii", "nishimura", "fukuda", "ota", "miura")  # fmt: skip
_TOWNS = ("akabane", "chiba", "ebina", "fuchu", "gifu", "hino", "inagi", "joetsu", "kawagoe",
          "machida", "nara", "omiya", "sakai", "tama", "ueda", "wakayama")  # fmt: skip
_ROLES = ("tencho", "uketsuke", "gijutsu", "jimu", "eigyo", "hojo")


@dataclass(frozen=True)
class SubjectStyle:
    """How a data subject is written in a URL; `is_ordered` where the next number is the next id."""

    name: str
    text: Callable[[int], str]
    is_ordered: bool


@dataclass(frozen=True)
class UserRule:
    """How the ids of one type of users look, and the pattern that settings know them by."""

    kind: str
    pattern: str
    text: Callable[[int], str]


@dataclass(frozen=True)
class FranchiseRule:
    """How shops and their people are named; `user` takes the shop's code and a number."""

    pattern: str
    codes: tuple[str, ...]
    user: Callable[[str, int], str]


def _uuid(number: int) -> str:
    text = hashlib.md5(f"subject-{number}".encode(), usedforsecurity=False).hexdigest()
    return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-a{text[17:20]}-{text[20:]}"


SUBJECTS = (
    SubjectStyle("plain", lambda n: str(104_000 + n), is_ordered=True),
    SubjectStyle("padded", lambda n: f"{n + 2_000:08d}", is_ordered=True),
    SubjectStyle("prefix", lambda n: f"K-{n + 10_000:06d}", is_ordered=True),
    SubjectStyle("branch", lambda n: f"JP{n % 47 + 1:02d}-{n // 47 + 100:05d}", is_ordered=False),
    SubjectStyle("hex", lambda n: f"{n * 2_654_435_761 % 2**32:08x}", is_ordered=False),
    SubjectStyle("uuid", _uuid, is_ordered=False),
)


def user_rules(dice: Dice) -> dict[str, UserRule]:
    """Return a rule for each type of user but franchise people, in the order settings need."""
    staff = dice.choice((
        UserRule("staff", "^st-", lambda n: f"st-{n + 100:04d}"),
        UserRule("staff", "^e[0-9]{5}$", lambda n: f"e{n * 37 + 10_000:05d}"),
        UserRule("staff", r"^[a-z]+\.[a-z]{1,2}$", _name),
        UserRule("staff", r"^hq\\", lambda n: f"hq\\{_name(n).replace('.', '')}"),
        UserRule("staff", "^emp_", lambda n: f"emp_{n + 1:03d}"),
    ))  # fmt: skip
    contractor = dice.choice((
        UserRule("contractor", "^ct-", lambda n: f"ct-{n + 1:02d}"),
        UserRule("contractor", "^gaibu", lambda n: f"gaibu{n + 11:03d}"),
        UserRule("contractor", "^x-", lambda n: f"x-{_FAMILY[-1 - n % 40]}{n}"),
    ))  # fmt: skip
    system = dice.choice((
        UserRule("system", "^sv-", lambda n: f"sv-job{n + 1}"),
        UserRule("system", "^(batch|renkei)_",
                 lambda n: f"{('batch', 'renkei')[n % 2]}_{n + 1:02d}"),
        UserRule("system", "^sys[0-9]", lambda n: f"sys{n + 1}"),
    ))  # fmt: skip
    customer = dice.choice((
        UserRule("customer", "^c[0-9]{6}$", lambda n: f"c{n + 100_000:06d}"),
        UserRule("customer", "^[0-9]{8}$", lambda n: f"{n * 7 + 30_000_000:08d}"),
        UserRule("customer", "^kaiin", lambda n: f"kaiin{n + 1:05d}"),
        UserRule("customer", "^m-", lambda n: f"m-{n * 2_654_435_761 % 2**32:08x}"),
    ))  # fmt: skip
    return {rule.kind: rule for rule in (system, contractor, staff, customer)}


def franchise_rule(dice: Dice, shops: int) -> FranchiseRule:
    """Return how the shops of a world are coded; some patterns say the shop, some do not."""
    first = dice.randrange(1, 40)
    step = dice.choice((1, 1, 3, 7))
    numbers = [first + step * index for index in range(shops)]
    return dice.choice((
        FranchiseRule(
            "^fr(?P<franchise>[0-9]{3})-", tuple(f"{n:03d}" for n in numbers),
            lambda code, n: f"fr{code}-{n + 1:02d}",
        ),
        FranchiseRule(
            "^(?P<franchise>s[0-9]{4})_", tuple(f"s{n:04d}" for n in numbers),
            lambda code, n: f"{code}_{_ROLES[n % 6]}{n // 6 or ''}",
        ),
        FranchiseRule(
            r"^(?P<franchise>[a-z]+)-ten\.", tuple(dice.sample(_TOWNS, shops)),
            lambda code, n: f"{code}-ten.{'abcdefghijkl'[n % 12]}",
        ),
        FranchiseRule(
            "^fc[0-9]+-", tuple(f"{n:02d}" for n in numbers),
            lambda code, n: f"fc{int(code) * 100 + n}-{_ROLES[n % 6]}",
        ),
    ))  # fmt: skip


def _name(number: int) -> str:
    family = _FAMILY[number % len(_FAMILY)]
    initials = "abcdefghijklmnopqrstuvwxyz"
    first = initials[number * 7 % 26]
    again = number // len(_FAMILY)
    return f"{family}.{first}{initials[again - 1] if again else ''}"
