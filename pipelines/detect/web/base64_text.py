"""What a parameter says in base64, where it says something that attacks are made of.

A text is decoded only where one of the STEMS shows in its base64, which has three forms of each by
the bytes before it (RFC 4648). The prefilter looks for the same FRAGMENTS.
"""

import base64
import re
from collections.abc import Iterator
from urllib.parse import unquote

import re2

from pipelines.detect.web.decode import ESCAPE

ENCODED = "\x02"
"""What a decoded text begins with in the one view that tells it from a plain one."""

# Spelled as they are sent; words of at least six letters, else chance would find them too.
_STEMS = (
    # Java's classes that run programs, as serialised or sent by name
    "runtime", "Runtime", "processbuilder", "ProcessBuilder", "clonetransformer",
    "CloneTransformer", "forclosure", "ForClosure", "instantiatefactory", "InstantiateFactory",
    "instantiatetransformer", "InstantiateTransformer", "invokertransformer",
    "InvokerTransformer", "prototypeclonefactory", "PrototypeCloneFactory",
    "prototypeserializationfactory", "PrototypeSerializationFactory", "whileclosure",
    "WhileClosure", "scriptengine", "ScriptEngine", "xmldecoder", "XMLDecoder", "java.lang",
    "java.io.", "${jndi:",
    # PHP
    "<?php", "$_GET[", "$_POST[", "$_REQUEST", "system(", "eval(", "passthru", "shell_exec",
    "phpinfo", "assert(", "base64_decode", "file_get_contents", "php://",
    # SQL
    "select ", "SELECT ", "union ", "UNION ", "sleep(", "SLEEP(", "information_schema", " or 1=1",
    " OR 1=1", "' or ", "' OR ", " and 1=", " AND 1=",
    # browsers
    "</script", "alert(", "onerror=", "onload=", "javascript:", "document.cookie",
    # shells and files
    "/bin/sh", "/bin/bash", "/etc/passwd", "../../", "whoami", "wget http", "curl http", "cmd.exe",
    "powershell", "cat /etc", "__import__", "child_process", "os.system",
    # Node.js
    "_$$ND_FUNC$$_", "require(", "function(", "function (", "String.fromCharCode", "constructor",
    "__proto__", "{{7*7}}", "${7*7}", "stdClass",
    # statements, machines, shells that call back, and the same encoded a second time
    "drop table", "DROP TABLE", "admin' ", "169.254.169", "/dev/tcp", "bash -i", "rm -rf",
    "uname -a", "<svg/on", "<svg on", "<iframe", "%27%20", "%22%20", "%3Cscript", "%3cscript",
    "%2e%2e%2f", "..%2f..",
)  # fmt: skip
# In UTF-16, as PowerShell takes them.
_WIDE_STEMS = (
    "powershell", "New-Object", "IEX", "iex", "DownloadString", "Invoke-", "System.Net", "cmd.exe",
    "Start-Process", "$client", "FromBase64", "http://", "https://",
)  # fmt: skip
# Encoded a second time.
_INNER_STEMS = (
    b"<script", b"</script", b"<?php ", b"alert(", b"onerror=", b"union select",
    b"UNION SELECT", b"/etc/passwd", b"../../", b"/bin/bash", b"/bin/sh",
    b"java.lang", b"powershell",
)  # fmt: skip

_BYTES_OF_THREE = 3
_LETTERS_OF_FOUR = 4
# Letters that hold bits of what stands before the stem: of no byte, one and two.
_FOREIGN_LETTERS = (0, 2, 3)
_TOKEN = re.compile(r"[A-Za-z0-9+/_\-]{6,}")
_READABLE_SHARE = 0.9


def _fragments(stem: bytes) -> Iterator[tuple[str, int]]:
    """The letters that are the stem's alone, and the place of the first in its group of four."""
    for before, foreign in enumerate(_FOREIGN_LETTERS):
        octets = bytes(before) + stem
        whole = len(octets) * 8 // 6
        yield base64.b64encode(octets).decode()[foreign:whole], foreign % _LETTERS_OF_FOUR


_ONCE = {
    fragment: phase
    for stem in (
        *(one.encode() for one in _STEMS),
        *(one.encode("utf-16-le") for one in _WIDE_STEMS),
    )
    for fragment, phase in _fragments(stem)
}
_TWICE = {
    fragment: phase
    for stem in _INNER_STEMS
    for inner, _ in _fragments(stem)
    for fragment, phase in _fragments(inner.encode())
}
_PHASES = {**_TWICE, **_ONCE}
_FRAGMENT = re2.compile("|".join(map(re.escape, sorted(_PHASES, key=len, reverse=True))))

FRAGMENTS = tuple(
    sorted({max(re.split(r"[+/]", fragment), key=len) for fragment in _PHASES}, key=len)
)
"""Of each form of each stem a part without `+` and `/`, which may be logged in other ways."""


def encoded_texts(value: str) -> Iterator[str]:
    """Yield what the logged value of a parameter holds in base64, if any of the STEMS is in it."""
    if ESCAPE.search(value):
        value = unquote(value)
    for token in _TOKEN.finditer(value):
        letters = token[0].replace("-", "+").replace("_", "/")
        found = _FRAGMENT.search(letters)
        if found:
            # Letters are put before it, until the fragment stands where it must.
            missing = (_PHASES[found[0]] - found.start()) % _LETTERS_OF_FOUR
            for text in _readable("A" * missing + letters, cut=missing):
                yield text
                yield from _inner(text)


def _inner(text: str) -> Iterator[str]:
    """What a decoded text holds in base64 itself."""
    token = _TOKEN.fullmatch(text.rstrip("="))
    found = token and _FRAGMENT.search(token[0])
    if token and found and not (_PHASES[found[0]] - found.start()) % _LETTERS_OF_FOUR:
        yield from _readable(token[0], cut=0)


def _readable(letters: str, *, cut: int) -> Iterator[str]:
    """The text of base64, without the bytes that `cut` letters in front have spoiled."""
    whole = letters[: len(letters) - (len(letters) % _LETTERS_OF_FOUR == 1)]
    octets = base64.b64decode(whole + "=" * (-len(whole) % _LETTERS_OF_FOUR))
    octets = octets[min(cut, _BYTES_OF_THREE) :]
    if octets.count(0) * _BYTES_OF_THREE > len(octets):  # UTF-16 of ASCII is half zeros
        octets = octets.replace(b"\0", b"")
    text = octets.decode("latin-1")
    if text and sum(" " <= sign <= "~" or sign in "\r\n\t" for sign in text) >= (
        _READABLE_SHARE * len(text)
    ):
        yield text
