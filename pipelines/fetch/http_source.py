"""A web server as a source: its pages that list folders, and any part of a file."""

import logging
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from email.utils import parsedate_to_datetime
from urllib.parse import quote, urljoin

import httpx

from pipelines.fetch.index_page import names_in_page
from pipelines.fetch.secrets import Secret, needed
from pipelines.fetch.source import RemoteFile, SourceError, plausible_ns
from pipelines.fetch.walk import Name, walked
from pipelines.fetch.wanted import Refused, Wanted
from pipelines.settings.sources import HttpSource
from pipelines.text.messages import message

_LARGEST_PAGE = 32 * 1024 * 1024
_OK, _PART, _NOT_FOUND, _CHANGED = 200, 206, 404, {412, 416}
_TOO_MANY, _SERVER_ERROR = 429, 500
_NOT_LET_IN = {401, 403, 407}
_PLAIN = {"Accept-Encoding": "identity"}


@contextmanager
def open_http(
    spec: HttpSource, secret: Secret, timeout_seconds: float, most_names: int
) -> Iterator["HttpSession"]:
    """Make a client of the server; nothing is asked yet.

    Raises:
        SourceError: a secret or the file of certificates is missing.
    """
    for name in ("httpx", "httpcore"):
        logging.getLogger(name).setLevel(logging.WARNING)
    headers = dict(_PLAIN)
    if spec.token_env is not None:
        headers["Authorization"] = f"Bearer {needed(secret, spec.token_env)}"
    login = None
    if spec.user is not None and spec.password_env is not None:
        login = httpx.BasicAuth(spec.user, needed(secret, spec.password_env))
    try:
        context = ssl.create_default_context(cafile=spec.ca_file and str(spec.ca_file))
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise SourceError(
            message("fetch.http.no_certificates", at=spec.ca_file, reason=reason), is_gone=True
        ) from None
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=None)
    with httpx.Client(
        verify=context, auth=login, headers=headers, timeout=timeout_seconds, limits=limits
    ) as client:
        yield HttpSession(client, spec.url, most_names)


class HttpSession:
    """A client of one folder of a server; what leads to another place is not followed."""

    def __init__(self, client: httpx.Client, url: str, most_names: int) -> None:
        """Take the client, and the address of the folder."""
        self._client = client
        self._url = url if url.endswith("/") else f"{url}/"
        self._most_names = most_names

    def files(self, wanted: Wanted) -> Iterator[RemoteFile | Refused]:
        """Yield the wanted files, without their size, and names that are refused."""
        return walked(wanted, self._names)

    def look(self, file: RemoteFile) -> RemoteFile:
        """Return a file as it is now."""
        answer = self._answered(self._client.build_request("HEAD", self._address(file.path)))
        answer.close()
        self._require(answer, file.path, {_OK})
        return _described(file, answer)

    def read(self, file: RemoteFile, start: int, end: int) -> Iterator[bytes]:
        """Yield the bytes of a part of a file, which still has the content that was looked at.

        A server that gives no parts gives the whole; what was not asked for is passed over.
        """
        if start >= end:
            return
        asked = {"Range": f"bytes={start}-{end - 1}"}
        request = self._client.build_request("GET", self._address(file.path), headers=asked)
        answer = self._answered(request)
        try:
            self._require(answer, file.path, {_OK, _PART})
            if answer.headers.get("ETag", file.etag) != file.etag:
                raise SourceError(message("fetch.source.changed"), may_pass=True)
            passed = start
            if answer.status_code == _OK:
                passed = 0
            elif not answer.headers.get("Content-Range", "").startswith(f"bytes {start}-"):
                raise SourceError(message("fetch.http.other_part"))
            for chunk in answer.iter_raw():
                part = chunk[max(0, start - passed) : max(0, end - passed)]
                passed += len(chunk)
                if part:
                    yield part
                if passed >= end:
                    return
            raise SourceError(message("fetch.source.shorter"), may_pass=True)
        except httpx.HTTPError as error:
            raise _broken(error) from None
        finally:
            answer.close()

    def md5(self, file: RemoteFile) -> str | None:  # noqa: ARG002
        """Return None: web servers do not tell it."""
        return None

    def text(self, path: str, most_bytes: int) -> bytes | None:
        """Return the whole of a small file, None where there is none."""
        answer = self._answered(self._client.build_request("GET", self._address(path)))
        try:
            if answer.status_code == _NOT_FOUND:
                return None
            self._require(answer, path, {_OK})
            content = bytearray()
            for chunk in answer.iter_raw():
                content += chunk
                if len(content) > most_bytes:
                    break
        except httpx.HTTPError as error:
            raise _broken(error) from None
        finally:
            answer.close()
        return bytes(content)

    def _names(self, folder: str) -> Iterator[Name]:
        address = self._address(f"{folder}/" if folder else "")
        page = self.text(f"{folder}/" if folder else "", _LARGEST_PAGE)
        if page is None:
            raise SourceError(message("fetch.http.no_page"), is_gone=not folder)
        if len(page) > _LARGEST_PAGE:
            raise SourceError(
                message("fetch.source.too_many_names", allowed=self._most_names), is_gone=True
            )
        found = list(names_in_page(page, address))
        if len(found) > self._most_names:
            raise SourceError(
                message("fetch.source.too_many_names", allowed=self._most_names), is_gone=True
            )
        yield from found

    def _address(self, path: str) -> str:
        return urljoin(self._url, quote(path))

    def _answered(self, request: httpx.Request) -> httpx.Response:
        try:
            return self._client.send(request, stream=True)
        except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:
            raise _broken(error) from None

    def _require(self, answer: httpx.Response, path: str, allowed: set[int]) -> None:
        status = answer.status_code
        if status in allowed:
            return
        if status in _CHANGED:
            raise SourceError(message("fetch.source.changed"), may_pass=True)
        if answer.has_redirect_location:
            raise SourceError(message("fetch.http.redirected"))
        if status == _NOT_FOUND:
            raise SourceError(message("fetch.source.vanished"))
        raise SourceError(
            message("fetch.http.declined", status=status),
            may_pass=status >= _SERVER_ERROR or status == _TOO_MANY,
            is_gone=status in _NOT_LET_IN and not path,
        )


def _described(file: RemoteFile, answer: httpx.Response) -> RemoteFile:
    """The file as the headers of an answer describe it."""
    length = answer.headers.get("Content-Length", "")
    if not length.isdecimal():
        raise SourceError(message("fetch.http.no_size"))
    size = int(length)
    modified_ns = None
    if "Last-Modified" in answer.headers:
        try:
            modified = parsedate_to_datetime(answer.headers["Last-Modified"])
            modified_ns = plausible_ns(int(modified.timestamp()) * 1_000_000_000)
        except (ValueError, TypeError, OverflowError):
            modified_ns = None
    return RemoteFile(file.path, file.claim, size, modified_ns, answer.headers.get("ETag"))


def _broken(error: Exception) -> SourceError:
    cause: BaseException | None = error
    while cause is not None and not isinstance(cause, ssl.SSLCertVerificationError):
        cause = cause.__cause__ or cause.__context__
    if cause is not None:
        return SourceError(
            message("fetch.http.wrong_certificate", reason=cause.verify_message), is_gone=True
        )
    return SourceError(
        message("fetch.source.broke_off", kind=type(error).__name__),
        may_pass=isinstance(error, httpx.TransportError),
    )
