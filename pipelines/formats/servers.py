"""The format strings of servers' own settings, told apart and compiled to layouts."""

from pipelines.formats import apache, nginx
from pipelines.formats.catalogue import Entry
from pipelines.formats.layout import Layout, require_short

TOMCAT = "tomcat: "


def layouts_of(entry: Entry) -> list[Layout]:
    """Return the layouts of a named format that is told by format strings of its server."""
    compile_one = {"nginx": nginx.nginx_layout, "envoy": nginx.envoy_layout}.get(entry.server)
    return [
        compile_one(entry.name, source)
        if compile_one
        else apache.apache_layout(entry.name, source, is_tomcat=entry.server == "tomcat")
        for source in entry.sources
    ]


def server_layout(text: str) -> Layout | None:
    """Return the layout of a server's own format string; None when it is none of a known server.

    Raises:
        ValueError: what is wrong with the string.
    """
    require_short(text)
    pattern = apache.valve_pattern(text)
    if text.startswith(TOMCAT):
        pattern = text.removeprefix(TOMCAT)
    if pattern is not None:
        return apache.apache_layout(TOMCAT + pattern, pattern, is_tomcat=True)
    if nginx.is_envoy(text):
        return nginx.envoy_layout(text, text)
    if nginx.is_nginx(text) and not apache.is_apache(apache.unpasted(text)):
        bare = nginx.unpasted(text)
        return nginx.nginx_layout(bare, bare)
    if "%" in text:
        bare = apache.unpasted(text)
        is_tomcat = "%F" in bare or "%{yyyy" in bare
        return apache.apache_layout(bare, bare, is_tomcat=is_tomcat)
    return None
