"""Messages that the lake keeps: one text in all languages, and beside it the text of each.

`message` is what a person reads who asks the lake in SQL; `message_by_language` is for reports,
which speak one language. Rows from before that column, and what others have said, such as an
operating system, have only `message`: reports show it as it stands.
"""

import json

from pipelines.text.messages import Message


def by_language(text: str | None) -> str | None:
    """Return what a message says in each language, as a JSON object; None for any other text."""
    return json.dumps(text.texts, ensure_ascii=False) if isinstance(text, Message) else None


def in_language(table: str) -> str:
    """Return the SQL of what a row of `table` says in the language `$language`."""
    return (
        f"coalesce(json_extract_string({table}.message_by_language, '$.' || $language), "
        f"{table}.message)"
    )
