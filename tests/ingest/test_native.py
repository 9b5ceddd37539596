# ruff: noqa: E501 - parts of sources and lines of logs are long
"""The compiled library: clean to compilers, of one layout for both sides, safe whatever comes."""

import ctypes
import logging
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from pipelines.ingest.native import library as native
from pipelines.ingest.native.library import SOURCE, WARNINGS, build, built_path, layout, library

_FUZZ = Path(__file__).with_name("fuzz_fast_path.c")
_SANITIZERS = ("-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-g", "-O1")
_COMPILERS = [name for name in ("gcc", "clang") if shutil.which(name)]


def _without(what: str) -> None:
    """Skip, and fail where continuous integration says that everything must be there."""
    if os.environ.get("MIMAMORI_NATIVE_TESTS") == "required":
        pytest.fail(f"there is no {what}")
    pytest.skip(f"there is no {what}")


def _compiled(compiler: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([compiler, *arguments], capture_output=True, text=True, check=False)


def _is_used_from(folder: Path) -> bool:
    """Whether a process that begins now uses the library of a folder; one keeps what it loaded."""
    elsewhere = folder / "elsewhere"
    elsewhere.mkdir()
    shutil.copy(built_path(folder), elsewhere)
    return library(elsewhere) is not None


def _other(folder: Path, old: str, new: str) -> Path:
    """The library of a source with something else in it, under the name of the right one."""
    text = SOURCE.read_text(encoding="utf-8")
    assert text.count(old) == 1
    (folder / "other.c").write_text(text.replace(old, new), encoding="utf-8")
    path = built_path(folder)
    if not _COMPILERS:
        _without("C compiler")
    done = _compiled(
        _COMPILERS[0], "-w", "-shared", "-fPIC", "-o", str(path), str(folder / "other.c")
    )
    assert done.returncode == 0, done.stderr
    return path


@pytest.mark.parametrize("compiler", _COMPILERS or ["gcc"])
@pytest.mark.parametrize("level", ["-O0", "-O3"])
def test_compilers_have_nothing_to_say(compiler: str, level: str, tmp_path: Path) -> None:
    """No warning, by any compiler that is there."""
    if not _COMPILERS:
        _without("C compiler")
    done = _compiled(
        compiler, level, "-std=c11", *WARNINGS, "-c", "-o", str(tmp_path / "x.o"), str(SOURCE)
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_both_sides_have_one_layout(tmp_path: Path) -> None:
    """What the library says of itself is what this side expects, name by name."""
    problem = build(tmp_path)
    if problem is not None:
        _without(f"library: {problem}")
    found = library(tmp_path)
    assert found is not None
    size = found.mimamori_layout(None, 0)
    text = ctypes.create_string_buffer(size + 1)
    assert found.mimamori_layout(text, size + 1) == size
    assert text.value.decode() == layout()
    assert (
        f"columns.irregular_count {native.Columns.irregular_count.offset} 8"
        in layout().splitlines()
    )


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("int64_t count, room;  /* texts */", "int64_t room, count;", "'table.count 16 8' where 'table.count 8 8'"),
        ("    int64_t irregular_count;\n", "    int64_t more, irregular_count;\n", "columns."),
        ("    uint16_t *status;", "    uint32_t *status;", "'row.status 0 4' where 'row.status 0 2'"),
        ("{ LITERAL, WORD,", "{ WORD, LITERAL,", "kind."),
        ('"GET", "POST"', '"POST", "GET"', "method."),
        ("int64_t mimamori_layout(", "int64_t mimamori_other(", "of another release"),
    ],
)  # fmt: skip
def test_library_of_another_layout_is_not_used(
    tmp_path: Path, old: str, new: str, reason: str, caplog: pytest.LogCaptureFixture
) -> None:
    """It would write anywhere: the reason is told, and ingest goes without."""
    path = _other(tmp_path, old, new)
    with caplog.at_level(logging.WARNING):
        assert library(tmp_path) is None
    assert path.name in caplog.text
    assert reason in caplog.text


def test_library_of_another_layout_is_built_again(tmp_path: Path) -> None:
    """Installation looks at what lies there."""
    _other(tmp_path, "{ LITERAL, WORD,", "{ WORD, LITERAL,")
    assert build(tmp_path) is None
    assert _is_used_from(tmp_path)


@pytest.mark.further
def test_file_that_is_no_library_is_built_again(tmp_path: Path) -> None:
    """A build that was cut off, or one of another machine."""
    built_path(tmp_path).write_bytes(b"\x7fELF")
    assert library(tmp_path) is None
    problem = build(tmp_path)
    if problem is not None:
        _without(f"library: {problem}")
    assert _is_used_from(tmp_path)


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The account's cache, where the library belongs when the package is installed read-only."""
    package = tmp_path / "package"
    package.mkdir()
    monkeypatch.setattr(native, "SOURCE", Path(shutil.copy(SOURCE, package)))
    monkeypatch.setattr(os, "access", lambda path, _: Path(path) != package)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "mimamori"


@pytest.mark.further
def test_library_of_a_read_only_package_lies_in_the_cache(cache: Path) -> None:
    """Closed to others, and found there by the next process."""
    problem = build()
    if problem is not None:
        _without(f"library: {problem}")
    assert cache.stat().st_mode & 0o777 == 0o700
    assert built_path(cache).exists()
    assert not list(native.SOURCE.parent.glob("*.so"))
    library.cache_clear()
    assert library() is not None
    library.cache_clear()


@pytest.mark.parametrize("mode", [0o770, 0o707])
def test_cache_that_others_may_write_to_is_not_used(
    cache: Path, mode: int, caplog: pytest.LogCaptureFixture
) -> None:
    """They could put a program of their own there: nothing is loaded from it, nor built in it."""
    assert build(cache) is None or not _COMPILERS
    built_path(cache).touch()
    cache.chmod(mode)
    library.cache_clear()
    assert library() is None
    library.cache_clear()
    assert "may write to" in caplog.text
    assert "may write to" in (build() or "")


def test_cache_of_another_account_is_not_used(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As above, also where its mode is right."""
    cache.mkdir(parents=True, mode=0o700)
    if os.geteuid() == 0:
        os.chown(cache, 65_534, -1)
    else:
        monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    assert "another account" in (build() or "")


def _seeds(path: Path) -> Path:
    """Lines as servers write them, whole and irregular, to make others of."""
    requests = [
        "GET / HTTP/1.1", "POST /login HTTP/2.0", "HEAD /a/b?c=d&e=1 HTTP/1.0", "OPTIONS * HTTP/1.1", "-",
        "GET /find?q=%E3%82%BF%E3%82%A4&page=2&utm_source=x_1 HTTP/1.1", r"\x16\x03\x01", "GET /a b HTTP/3",
        "DELETE /customers/0042?cid=2026050494631948735 HTTP/3.0", "GET /x? HTTP/1.1",
    ]  # fmt: skip
    hosts = [
        "192.0.2.1",
        "198.51.100.77",
        "2001:db8::1",
        "host.example.net",
        "192.0.2.256",
        "192.0.2.1.5",
    ]
    lines = []
    for number in range(240):
        line = (
            f"{hosts[number % len(hosts)]} - {['-', 'st-001', 'c042'][number % 3]} "
            f"[{1 + number % 28:02}/Nov/2026:00:{number % 60:02}:00 +0900] "
            f'"{requests[number % len(requests)]}" {[200, 304, 404][number % 3]} {["-", 5, 512][number % 3]}'
        )
        if number % 5:
            line += (
                f' "{["-", "https://www.example.com/a"][number % 2]}" "Mozilla/5.0 ({number % 9})"'
            )
        if number % 7 == 0:
            line += ' "-"'
        if number % 2:
            line = f"{['www.example.com:443', 'a.example', '[::1]:80'][number % 3]} {line}"
        lines.append(line)
    path.write_text("\n".join([*lines, "", "# a comment", "rubbish", ""]), encoding="utf-8")
    return path


def test_sanitizers_find_nothing_whatever_comes(
    tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """Mutated lines, empty and long texts, no line end, NUL, memory that runs out.

    `make test ARGS="tests/ingest/test_native.py --fuzz-inputs 20000000"` takes longer.
    """
    if not _COMPILERS:
        _without("C compiler")
    program = tmp_path / "fuzz"
    done = _compiled(
        _COMPILERS[0], "-std=gnu11", *_SANITIZERS, *WARNINGS, "-I", str(SOURCE.parent),
        "-o", str(program), str(_FUZZ),
    )  # fmt: skip
    if "cannot find" in done.stderr:  # libasan or libubsan
        _without("sanitizer")
    assert done.returncode == 0, done.stderr
    inputs = request.config.getoption("--fuzz-inputs")
    seeds = str(_seeds(tmp_path / "seeds"))
    ran = subprocess.run(
        [program, str(inputs), "20261127", seeds],
        env={"PATH": os.environ["PATH"]},  # a library that is loaded before the sanitizer's fails
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    words = ran.stdout.split()
    assert int(words[0]) == inputs
    assert int(words[2]) > inputs // 2, "too few regular lines to have tried much"
