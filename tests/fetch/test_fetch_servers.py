"""What is particular to one kind of source: its keys, log-ins and answers."""

import base64
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from pipelines.fetch.index_page import names_in_page
from tests import certificate
from tests.fetch import lying_server
from tests.fetch.remotes import BUCKET, SECRETS, Place, Remote, lines

pytestmark = pytest.mark.servers


@pytest.fixture
def sftp(remote_of: Callable[[str], Remote], tmp_path: Path) -> Place:
    """A shop's log on an SFTP server."""
    place = Place(remote_of("sftp"), tmp_path)
    place.remote.put("012/access.log", lines(5))
    return place


def _with(place: Place, **changes: Any) -> Place:
    spec = {key: value for key, value in {**place.remote.spec, **changes}.items() if value}
    place.site = {"source": spec}
    return place


def _refused(place: Place, said: str) -> None:
    (failure,) = place.fetch().failures
    assert said in failure
    assert place.landed() == {}


def test_a_server_with_another_key_is_not_asked(sftp: Place) -> None:
    """Neither with the key in the settings nor by a file of known hosts; nor an unknown server."""
    keys = sftp.remote.root.parent
    other, own = (keys / "other.pub").read_text(), (keys / "host.pub").read_text()
    _refused(_with(sftp, host_key=other), "the server's key is not the known one")
    port = sftp.remote.spec["port"]
    known = sftp.folder / "known_hosts"
    known.write_text(f"[127.0.0.1]:{port} {other}")
    _refused(_with(sftp, host_key=None, known_hosts=str(known)), "is not the known one")
    known.write_text(f"elsewhere.example {own}")
    _refused(_with(sftp, host_key=None, known_hosts=str(known)), "is not the known one")
    known.write_text(f"@revoked * {own}[127.0.0.1]:{port} {own}")
    _refused(_with(sftp, host_key=None, known_hosts=str(known)), "is not the known one")
    known.write_text(f"[127.0.0.1]:{port} {own}")
    assert _with(sftp, host_key=None, known_hosts=str(known)).fetch().failures == ()
    assert sftp.landed() == {"shops/012/access.log": lines(5)}


def test_what_a_log_in_lacks_is_named_and_no_secret_is(sftp: Place) -> None:
    """A missing variable, a key that the server does not take, a file that is no key."""
    keys = sftp.remote.root.parent
    _refused(_with(sftp, key_file=str(keys / "other")), "the server refused the log-in")
    _refused(_with(sftp, key_file=str(keys / "host.pub")), "it is not a private key")
    _refused(_with(sftp, key_file="nowhere"), "nowhere: ")
    _refused(_with(sftp, key_file=None, key_env="NO_SUCH"), "NO_SUCH: ")
    _refused(_with(sftp, key_file=None, password_env="NO_SUCH"), "NO_SUCH: ")  # noqa: S106
    SECRETS["KEY"] = (keys / "client").read_text()
    assert _with(sftp, key_file=None, key_env="KEY").fetch().failures == ()


def test_a_folder_of_the_server_that_is_missing_is_told(sftp: Place) -> None:
    """An empty source would look like a quiet night."""
    _refused(_with(sftp, path=str(sftp.remote.root / "nowhere")), "it cannot be read")


def test_a_server_that_lies_is_told_and_does_no_harm(sftp: Place) -> None:
    """Nothing is written elsewhere, nothing unseen is shown, and a list without an end ends."""
    sftp.more = {"limits": {"fetch_names": 2000}}
    with lying_server.serving() as (port, key):
        result = _with(sftp, port=port, host_key=key, path="/").fetch()
    assert sftp.landed() == {"shops/012/access.log": lying_server.CONTENT}
    told = {one.path: str(one.reason) for one in result.sources[0].problems}
    assert len(told) == len(lying_server.NAMES) + 1
    assert all(path is not None and path.isprintable() for path in told)
    assert "limits.landing_bytes" in told["012/access.log.huge"]
    assert "ended before the size" in told["012/access.log.short"]
    with lying_server.serving(is_endless=True) as (port, key):
        (failure,) = _with(sftp, port=port, host_key=key, path="/").fetch().failures
    assert "more names than limits.fetch_names (2000)" in failure


def test_a_password_of_the_web_is_sent_and_redirects_are_not_followed(
    remote_of: Callable[[str], Remote], tmp_path: Path
) -> None:
    """Where it is wrong or missing the server's answer is told."""
    place = Place(remote_of("http"), tmp_path)
    place.remote.put("012/access.log", lines(5))
    url = place.remote.spec["url"]
    _refused(_with(place, url=f"{url}secret/"), "the server declined (401)")
    _refused(_with(place, url=f"{url}nowhere/"), "there is no page that lists the folder")
    login = {"user": "mimamori", "password_env": "WEB_PASSWORD"}
    assert _with(place, url=f"{url}secret/", **login).fetch().failures == ()
    assert place.landed() == {"shops/012/access.log": lines(5)}
    _refused_token = Place(place.remote, tmp_path / "token")
    _refused_token.folder.mkdir()
    _refused(_with(_refused_token, url=f"{url}secret/", token_env="KEY_ID"), "declined (401)")  # noqa: S106


def test_a_listing_in_json_is_read(remote_of: Callable[[str], Remote], tmp_path: Path) -> None:
    """As nginx writes it."""
    place = Place(remote_of("http"), tmp_path)
    place.remote.put("012/access.log", lines(5))
    place.remote.put("012/access.log.1 %2e", lines(6))
    url = place.remote.spec["url"]
    assert _with(place, url=f"{url}json/").fetch().failures == ()
    assert place.landed() == {
        "shops/012/access.log": lines(5),
        "shops/012/access.log.1 %2e": lines(6),
    }


@contextmanager
def _served(handler: Any, context: ssl.SSLContext | None = None) -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        if context is not None:
            server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"{'https' if context else 'http'}://127.0.0.1:{server.server_address[1]}/"
        finally:
            server.shutdown()
            thread.join()


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:
        """Say nothing."""


def test_a_server_without_parts_is_read_too(tmp_path: Path) -> None:
    """Python's own; a growth then costs the whole file, and is the same in the end."""
    root = tmp_path / "root"
    place = Place(Remote("http", {}, root), tmp_path)
    with _served(partial(_Quiet, directory=str(root))) as url:
        _with(place, kind="http", url=url)
        place.remote.put("012/access.log", lines(5))
        place.remote.put("012/店.log", b"no site's")
        assert place.fetch().failures == ()
        place.remote.put("012/access.log", lines(9), age_seconds=30)
        assert place.fetch().failures == ()
        assert place.landed() == {"shops/012/access.log": lines(9)}


def test_certificates_are_checked(tmp_path: Path) -> None:
    """An authority of one's own is named; a server that nobody vouches for is refused."""
    root = tmp_path / "root"
    place = Place(Remote("http", {}, root), tmp_path)
    place.remote.put("012/access.log", lines(5))
    cert, key = certificate.make(tmp_path)
    context = certificate.server_context(cert, key)
    with _served(partial(_Quiet, directory=str(root)), context) as url:
        _refused(_with(place, kind="http", url=url), "certificate is not trusted")
        _refused(_with(place, kind="http", url=url, ca_file="nowhere"), "nowhere: ")
        assert _with(place, kind="http", url=url, ca_file=str(cert)).fetch().failures == ()
    assert place.landed() == {"shops/012/access.log": lines(5)}


class _Hostile(BaseHTTPRequestHandler):
    """Lists what leads elsewhere, and tells sizes and times that cannot be."""

    def _answer(self, *, has_body: bool) -> None:
        headers, body = {}, b""
        if self.path == "/":
            names = ["..%2f..%2fevil", "%2e%2e/", "a/", "../", "//other.example/", "?C=M", "[::"]
            body = "".join(f'<a href="{name}">x</a>' for name in names).encode()
        elif self.path == "/a/":
            body = b"".join(b'<a href="access.log.%d">x</a>' % n for n in range(4))
        elif self.path == "/a/access.log.0":  # tells no size
            self.send_response(200)
            self.end_headers()
            return
        elif self.path == "/a/access.log.1":
            headers = {"Content-Length": "9" * 18}
        elif self.path == "/a/access.log.2":
            self.send_response(302)
            self.send_header("Location", "http://192.0.2.1/")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        else:
            body = lines(3)
            headers = {"Last-Modified": "Fri, 31 Dec 9999 23:59:59 GMT"}
        self.send_response(200)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        if has_body:
            self.wfile.write(body)

    def do_GET(self) -> None:
        self._answer(has_body=True)

    def do_HEAD(self) -> None:
        self._answer(has_body=False)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


def test_a_hostile_web_server_is_told_and_does_no_harm(tmp_path: Path) -> None:
    """Names that lead upwards, sizes that nobody has room for, redirects, times that cannot be."""
    place = Place(Remote("http", {}, tmp_path), tmp_path)
    with _served(_Hostile) as url:
        result = _with(place, kind="http", url=url).fetch()
    assert place.landed() == {"shops/a/access.log.3": lines(3)}
    told = {one.path: str(one.reason) for one in result.sources[0].problems}
    assert "does not tell the size" in told["a/access.log.0"]
    assert "limits.landing_bytes" in told["a/access.log.1"]
    assert "redirects" in told["a/access.log.2"]
    assert "leads out of the folder" in told["../../evil"]
    assert len(told) == 5


@pytest.mark.parametrize(
    ("page", "names"),
    [
        (
            b'<a href="../">Up</a> <a href="access.log">x</a> <a href="b/">x</a>',
            ["access.log", "b/"],
        ),
        (b'<A HREF="/logs/a.log">x</A><a name=x><a href="/other/b.log">', ["a.log"]),
        (b'<a href="?C=N;O=D">Name</a><a href="%E5%BA%97.log">x</a>', ["店.log"]),
        (b'[{"name":"a b","type":"file"},{"name":"d","type":"directory"},7]', ["a b", "d/"]),
        (b"<html>no listing</html>", []),
        (b'<a href="a.log">1</a><a href="./a.log">2</a><a href="http://h:1/logs/c">', ["a.log"]),
    ],
)
def test_pages_that_list_folders(page: bytes, names: list[str]) -> None:
    """As servers write them; what leads elsewhere is none of it."""
    found = names_in_page(page, "http://127.0.0.1/logs/")
    assert [one.name + ("/" if one.kind == "folder" else "") for one in found] == names


def test_objects_of_several_parts_and_folder_markers(
    remote_of: Callable[[str], Remote], tmp_path: Path
) -> None:
    """Their ETag is no MD5, and a key that ends with a slash is no file."""
    place = Place(remote_of("s3"), tmp_path)
    client, key = place.remote.s3, "export/012/access.log"
    first, second = lines(70_000), lines(5, start=80_000)
    upload = client.create_multipart_upload(Bucket=BUCKET, Key=key)["UploadId"]
    parts = [
        {
            "PartNumber": number,
            "ETag": client.upload_part(
                Bucket=BUCKET, Key=key, UploadId=upload, PartNumber=number, Body=body
            )["ETag"],
        }
        for number, body in enumerate((first, second), start=1)
    ]
    client.complete_multipart_upload(
        Bucket=BUCKET, Key=key, UploadId=upload, MultipartUpload={"Parts": parts}
    )
    client.put_object(Bucket=BUCKET, Key="export/012/", Body=b"")
    result = place.fetch()
    assert result.failures == ()
    assert place.landed() == {"shops/012/access.log": first + second}


def test_a_bucket_that_is_not_there_is_told(
    remote_of: Callable[[str], Remote], tmp_path: Path
) -> None:
    """With the store's own word for it."""
    place = Place(remote_of("s3"), tmp_path)
    _refused(_with(place, bucket="no-such-bucket"), "NoSuchBucket")
    _refused(_with(place, key_id_env="NO_SUCH"), "NO_SUCH: ")


def test_secrets_are_never_told(remote_of: Callable[[str], Remote], tmp_path: Path) -> None:
    """Whatever goes wrong: not in a message, nor in what is kept."""
    place = Place(remote_of("s3"), tmp_path)
    assert place.remote.proxy is not None
    place.remote.put("012/access.log", lines(5))
    place.remote.proxy.passes = 700
    failures = str(place.fetch().failures)
    state = place.home.fetched.read_bytes()
    for secret in (SECRETS["SECRET"], base64.b64encode(SECRETS["SECRET"].encode()).decode()):
        assert secret not in failures
        assert secret.encode() not in state
