"""A statement ends where SQL says so."""

import pytest

from pipelines.query.shell.statements import is_blank, is_complete


@pytest.mark.parametrize(
    "text",
    ["select 1;", "select 1;  \n", "select 1; -- done", "select 1; /* done */", "select ';';",
     "select 'it''s';", 'select 1 as "a;b";', "select $$;$$;", "select $x$ $$ ; $x$;",
     "select 1; select 2;", "-- a ' quote\nselect 1;"],
)  # fmt: skip
def test_complete(text: str) -> None:
    """The last thing is a semicolon."""
    assert is_complete(text)
    assert not is_blank(text)


@pytest.mark.parametrize(
    "text",
    ["", "select 1", "select ';", "select 1 -- ;", "select 1 /* ;", "select 1; select 2",
     'select "a;', "select $$ ;", "select $x$ $$; ", "/* ; */", "select 1; /* open"],
)  # fmt: skip
def test_incomplete(text: str) -> None:
    """A semicolon in a text, a name or a comment ends nothing."""
    assert not is_complete(text)


def test_blank() -> None:
    """Spaces, comments and semicolons ask for nothing."""
    assert is_blank(" ; -- nothing\n /* either */")
    assert not is_blank("/* a */ select")
