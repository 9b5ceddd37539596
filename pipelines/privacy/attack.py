"""Where a value stops being a person's: no attack may hide in a parameter called `password`.

Every alternative looks a bounded stretch ahead, or over one that no later search crosses again.
"""

import re
from typing import Final

# What needs no search for an attack: most values.
HARMLESS: Final = re.compile(r"(?:[A-Za-qs-z0-9@.%-]++|_(?!_)|r(?!O0AB))*+")
# What no person's value holds: from here on the text is an attack, and stays to be seen.
_SQL_GAP = r"[\s+()/*!]{1,20}+"
_COMMANDS = "cat|ls|id|whoami|ping|wget|curl|sh|bash|nc|rm|uname|sleep|powershell|cmd|nslookup"
_STATEMENTS = "drop|delete|insert|update|alter|create|truncate|declare|exec|select|shutdown|waitfor"
_CALLS = (
    "sleep|benchmark|pg_sleep|extractvalue|updatexml|load_file|concat|eval|system|exec|char|alert|require"
    "|popen|passthru|assert|substring|ascii"
)
# Of lower-case texts: the engine can pass over most alternatives by their first character only
# where it need not mind the case, and tries those that begin a word just where one begins.
ATTACK: Final = re.compile(
    rf"""['"`][\s+)/*]{{0,20}}+(?:or|and|union|having|order|group|like|limit|waitfor|&&|\|\||--|[;#=<>])|['"]$"""
    rf"""|<(?:%|\s?[/!?]?(?!br\s?/?>)[a-z])|&(?:&|lt|\#0{{0,7}}(?:60|x3c))|\$\{{|\{{[{{%]|[%#*]\{{|\.\.[/\\]"""
    rf"""|\$\((?:[(/<\[]|\s?[a-z]\w{{0,60}}+[)\s+/|;&])|/etc/|\|\|"""
    rf"""|[;|&`]\s?(?:{_COMMANDS})(?![\w-])|\n\s?(?:cat|whoami|ping|wget|curl|uname|nslookup|powershell)\b"""
    rf"""|[\r\n]{{1,4}}+[a-z][a-z-]{{1,40}}+:|;(?:\s{{0,9}}+(?:{_STATEMENTS})\b|\s?[a-z_]\w{{1,40}}+\(\))"""
    rf"""|[\s+)/*]{{1,20}}+(?:x?or|and)\b{_SQL_GAP}(?:['"\d]|[a-z]\w{{1,30}}+\()"""
    rf"""|\x00|\(function\s?\(|__[a-z]{{2,20}}__|@[a-z]\w*+(?:\.\w++)++@|ro0ab"""
    rf"""|\b(?:union[\s+/*]{{1,20}}+(?:all|select)\b|(?:drop|alter|create){_SQL_GAP}(?:table|database)\b"""
    rf"""|(?:https?|ftp|file|gopher|php|data|ldaps?|dict|jar|javascript):|(?:{_CALLS})\(|[a-z_]\w{{1,40}}+\(\)"""
    rf"""|select\b[\s+/*(]|on[a-z]{{3,20}}+\s?=|function\s?\(|process\.|[aco]:\d{{1,9}}+:(?:["{{]|$))"""
)
_LETTERS = str.maketrans("\u0130\u0131\u017f\u212a", "iisk")  # that pass for ASCII without case


def attack_in(value: str, searched: str | None = None) -> re.Match[str] | None:
    """Return where an attack begins in a value; it is looked for in `searched` if that is given.

    That is the value in another spelling of the same length.
    """
    return None if HARMLESS.fullmatch(value) else ATTACK.search(lower(searched or value))


def lower(text: str) -> str:
    """Return the text in lower case, of the same length."""
    return (text if text.isascii() else text.translate(_LETTERS)).lower()
