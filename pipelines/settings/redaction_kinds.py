"""The kinds of personal values that the shipped rules know, and what is said of each.

The list is closed; settings may add kinds of their own by patterns. Light on purpose: the settings
file is checked with it, also where Airflow reads DAG files.
"""

import re
from typing import Final

from pipelines.settings.patterns import check_linear

KINDS: Final = {
    "address": "住所 / postal address, by parameter name",
    "birth_date": "生年月日 / date of birth, by parameter name",
    "card": "カード番号 / payment card number or its security code",
    "email": "メールアドレス / e-mail address",
    "my_number": "個人番号 / My Number, by check digit and name or context",
    "name": "氏名 / person's name, by parameter name",
    "password": "パスワード / password, PIN or one-time code",
    "phone": "電話番号 / telephone number, service lines (0120 …) excepted",
    "postal_code": "郵便番号 / postal code, by 〒 or parameter name",
    "session": "セッション ID / session id",
    "token": "トークン・鍵 / access token, API key, signature, one-time link",
}
KIND_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,31}")
COLUMNS: Final = ("url_path", "url_query", "referrer", "user_agent")

# What engines of linear time lack and people ask for most.
_NOT_LINEAR = re.compile(r"\(\?(?:[=!>(]|<[=!]|P=)|(?<!\\)(?:\\\\)*\\[1-9]|[*+?}]\+")


def mask(kind: str) -> str:
    """Return what stands in place of a value of this kind: `[phone]`."""
    return f"[{kind}]"


def check_kind(name: str) -> str:
    """Return a kind's name; ValueError when no kind may be called so."""
    if not KIND_NAME.fullmatch(name):
        raise ValueError(
            "種類の名前に使えるのは英小文字・数字・_ だけです / "
            f"{name!r} is no name of a kind: lower-case letters, digits and '_' only"
        )
    return name


def check_known_kind(name: str) -> str:
    """Return the name of a shipped kind; ValueError when there is none of that name."""
    if name not in KINDS:
        raise ValueError(
            f"そのような種類はありません / no such kind: {name!r} (there are: {', '.join(KINDS)})"
        )
    return name


def check_pattern(pattern: str) -> str:
    """Return an own pattern; ValueError when it is wrong or its search could take for ever."""
    if _NOT_LINEAR.search(pattern):
        raise ValueError(
            "先読み・後読み・後方参照・強欲な繰り返しは使えません。値の前後にあるものは、名前つきの"
            "グループに入れてください / "
            "look-around, back-references and possessive repeats are not available: "
            "the search must take linear time; keep what stands around the value in groups "
            "named 'before' and 'after'"
        )
    compiled = re.compile(check_linear(pattern))
    others = set(compiled.groupindex) - {"before", "after"}
    if others:
        raise ValueError(
            f"group {others.pop()!r}: 知らないグループ名です / only 'before' and 'after' are known"
        )
    if compiled.search(""):
        raise ValueError(
            "空の文字にも一致し、どこでも伏せてしまいます / "
            "matches an empty text, so it would mask everywhere"
        )
    return pattern
