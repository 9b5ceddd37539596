"""From requests to lines, in the formats of the sites."""

import datetime as dt
import json
from zoneinfo import ZoneInfo

from evaluate.request import Request
from evaluate.shape import PROXY, Site

FORMATS = {
    "combined": "combined",
    "vhost_combined": "vhost_combined",
    "apache_timed": '%h %l %u %t "%r" %>s %b "%{Referer}i" "%{User-Agent}i" %D "%{COOKIE}C"',
    "nginx": '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent'
    ' "$http_referer" "$http_user_agent" $request_time "$cookie_COOKIE"',
    "nginx_proxied": '$remote_addr - $remote_user [$time_local] "$request" $status'
    ' $body_bytes_sent "$http_referer" "$http_user_agent" "$http_x_forwarded_for"',
    "json": "nginx_json",
}
_APACHE = str.maketrans({'"': '\\"', "\\": "\\\\"})
_NGINX = str.maketrans({'"': "\\x22", "\\": "\\x5C"})
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def format_of(site: Site) -> str:
    """Return the format of a site as settings name it."""
    return FORMATS[site.log].replace("COOKIE", site.session_cookie)


class Printer:
    """Writes the lines of one site."""

    def __init__(self, site: Site) -> None:
        """Choose the format and the zone of the site."""
        self._site = site
        self._zone = ZoneInfo(site.log_zone)
        self._minutes: dict[int, tuple[str, str, str, str]] = {}
        writers = {
            "combined": self._combined, "vhost_combined": self._vhost,
            "apache_timed": self._timed, "nginx": self._nginx,
            "nginx_proxied": self._proxied, "json": self._json,
        }  # fmt: skip
        self.line = writers[site.log]

    def _clf(self, at: float) -> str:
        minute, second = divmod(int(at), 60)
        known = self._minutes.get(minute)
        if known is None:
            known = self._minutes[minute] = self._times(minute)
        return f"{known[0]}{second:02}{known[1]}"

    def _iso(self, at: float) -> str:
        minute, second = divmod(int(at), 60)
        known = self._minutes.get(minute)
        if known is None:
            known = self._minutes[minute] = self._times(minute)
        return f"{known[2]}{second:02}{known[3]}"

    def _times(self, minute: int) -> tuple[str, str, str, str]:
        at = dt.datetime.fromtimestamp(minute * 60, tz=self._zone)
        offset = f"{at:%z}"
        clf = f"{at.day:02}/{_MONTHS[at.month - 1]}/{at.year}:{at:%H:%M}:"
        return clf, f" {offset}", f"{at:%Y-%m-%dT%H:%M}:", f"{offset[:3]}:{offset[3:]}"

    def _common(self, one: Request, at: float, host: str, escapes: dict[int, str]) -> str:
        user, target, referrer, agent = (
            text.translate(escapes) for text in (one.user, one.target, one.referrer, one.agent)
        )
        size = one.size or "-"
        return (f'{host} - {user or "-"} [{self._clf(at)}] "{one.method} {target} HTTP/1.1"'
                f' {one.status} {size} "{referrer or "-"}" "{agent or "-"}"')  # fmt: skip

    def _combined(self, one: Request, at: float) -> str:
        return self._common(one, at, one.ip, _APACHE)

    def _vhost(self, one: Request, at: float) -> str:
        return f"{self._site.domain}:443 {self._combined(one, at)}"

    def _timed(self, one: Request, at: float) -> str:
        return f'{self._combined(one, at)} {one.seconds * 1e6:.0f} "{one.session or "-"}"'

    def _nginx(self, one: Request, at: float) -> str:
        line = self._common(one, at, one.ip, _NGINX)
        return f'{line} {one.seconds:.3f} "{one.session or "-"}"'

    def _proxied(self, one: Request, at: float) -> str:
        line = self._common(one, at, PROXY, _NGINX)
        return f'{line} "{one.ip}"'

    def _json(self, one: Request, at: float) -> str:
        cookie = f"lang=ja; {self._site.session_cookie}={one.session}" if one.session else ""
        return json.dumps({
            "time_iso8601": self._iso(at), "remote_addr": one.ip, "remote_user": one.user,
            "host": self._site.domain, "request_method": one.method, "request_uri": one.target,
            "server_protocol": "HTTP/2.0", "status": one.status, "body_bytes_sent": one.size,
            "http_referer": one.referrer, "http_user_agent": one.agent,
            "request_time": round(one.seconds, 3), "http_cookie": cookie,
        }, separators=(",", ":"))  # fmt: skip
