"""What a parameter's name says of its value."""

import pytest

from pipelines.privacy.names import Meaning, Names, flat
from pipelines.settings.model import Redaction

_NAMES = Names(
    Redaction.model_validate(
        {
            "parameters": {"name": ["nickname"], "contract": ["証券番号"]},
            "keep_parameters": ["Kept-No"],
        }
    )
)


def _kinds(name: str, names: Names = _NAMES) -> list[str | None]:
    return list(dict.fromkeys(meaning.kind for meaning in names.meanings(name)))


@pytest.mark.parametrize(
    ("name", "kinds"),
    [
        ("email", ["email"]),
        ("e-mail", ["email"]),
        ("E_MAIL", ["email"]),
        ("userEmail", ["email"]),
        ("user[email]", ["email"]),
        ("email[0]", ["email"]),
        ("users[0][email]", ["email"]),
        ("users[0][email][]", ["email"]),
        ("%65mail", ["email"]),
        ("email2", ["email"]),
        ("email_confirm", ["email"]),
        ("email_confirm_again", ["email"]),
        ("confirm", ["token"]),
        ("new", []),
        ("a", []),
        ("", []),
        ("2", []),
        ("tel", ["phone"]),
        ("hotel", []),
        ("microphone", []),
        ("mypasswd", ["password"]),
        ("ho_tel", ["phone"]),
        ("newpassword", ["password"]),
        ("pass-word", ["password"]),
        ("pas-sword", []),
        ("xpassword", ["password"]),
        ("password_x", []),
        ("csrftoken", ["token"]),
        ("mycftoken", ["session"]),
        ("to-ken", []),
        ("page_token", [None]),
        ("ご住所", ["address"]),
        ("nickname", ["name"]),
        ("nick_name", []),
        ("証券番号", ["contract"]),
        ("file_name", [None]),
        ("kept_no", [None]),
        ("keptNo", [None]),
        ("order_id", [None]),
        ("utm_x", [None]),
        ("x_utm", []),
        ("ga", [None]),
    ],
)
def test_a_name_tells_its_kind_however_it_is_spelled(name: str, kinds: list[str | None]) -> None:
    """Cut where its words meet, in any case, numbered, within others, with words after it."""
    assert _kinds(name) == kinds


@pytest.mark.parametrize(
    ("name", "is_part"),
    [("tel1", True), ("tel", False), ("tel_2", True), ("tel[1]", True), ("tel[]", False)],
)
def test_a_number_at_the_end_says_that_it_is_a_part(name: str, is_part: bool) -> None:
    """As where a number is asked for in three fields."""
    assert {meaning.is_part for meaning in _NAMES.meanings(name)} == {is_part}


def test_names_that_settings_keep_are_known_before_all_others() -> None:
    """They mean nothing but that."""
    assert _NAMES.meanings("kept-no") == (Meaning(is_kept=True),)
    assert _NAMES.meanings("keptNo1") == (Meaning(is_kept=True),)
    names = Names(Redaction(keep_parameters=("email",)))
    assert names.meanings("e_mail") == (Meaning(is_kept=True),)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("order_id", True),
        ("orderId", True),
        ("page_token", True),
        ("utm_anything", True),
        ("gl", True),
        ("anything_utm", False),
        ("email", False),
        ("a", False),
        ("", False),
        ("order_id" + "x" * 92, False),
        ("x" * 100 + "order_id", False),
        ("_" * 92 + "order_id" + "x", True),
        ("_" * 93 + "order_id", False),
    ],
)
def test_digits_of_some_names_are_ids(name: str, expected: bool) -> None:
    """Orders, articles, campaigns; of a long name the first hundred characters count."""
    assert _NAMES.has_ids(name) is expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [("note", True), ("備考", True), ("no_te", True), ("footnote", False), ("", False)],
)
def test_notes_are_told_by_the_whole_name(name: str, expected: bool) -> None:
    """In which staff write about a person."""
    assert _NAMES.is_for_notes(name) is expected


def test_names_of_kinds_that_are_switched_off_mean_nothing() -> None:
    """The settings' own names are there in any case."""
    names = Names(Redaction.model_validate({"kinds": ["email"], "parameters": {"x": ["keiyaku"]}}))
    assert _kinds("email", names) == ["email"]
    assert _kinds("tel", names) == []
    assert _kinds("keiyaku", names) == ["x"]
    exact, endings = names.spellings()
    assert "keiyaku" in exact
    assert {kind for name in (*exact, *endings) for kind in _kinds(name, names)} == {"email", "x"}


def test_every_name_of_the_rules_has_the_kind_of_its_rule() -> None:
    """Also after another word where it is an ending."""
    exact, endings = _NAMES.spellings()
    assert [name for name in (*exact, *endings) if not _kinds(name)] == []
    assert [name for name in endings if not _kinds(f"customer_{name}")] == []
    assert len(endings) > 300


def test_names_are_compared_in_one_spelling() -> None:
    """Lower case, without what joins their words, their indexes and final digits."""
    for name in ("user-Mail", "userMail", "USER_MAIL", "user.mail[0]", "user_mail_2", "user[mail]"):
        assert Names.joined(name) == "usermail", name
    assert Names.joined("mail2") == "mail"
    assert Names.joined("2") == ""
    assert flat(["userMail", "e-mail", "電話"]) == ["user_mail", "e_mail", "電話"]
