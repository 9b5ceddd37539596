"""Which log sources an access log answers for: web servers, and proxies by shared fields."""

from sigma.rule.logsource import SigmaLogSource

_CATEGORIES = frozenset({"webserver", "proxy"})
_PRODUCTS = frozenset({"apache", "nginx", "iis", "tomcat", "caddy", "haproxy", "envoy", "lighttpd"})
_SERVICES = frozenset({"access", "apache", "nginx", "iis", "httpd", "apache2"})


def misfit(source: SigmaLogSource) -> str | None:
    """Return why a rule's log source is none of an access log's; None when it is one."""
    service = (source.service or "access").lower()
    if service in _SERVICES:
        if source.category is not None and source.category.lower() in _CATEGORIES:
            return None
        product = (source.product or source.service or "").lower()
        if source.category is None and product in _PRODUCTS | _SERVICES:
            return None
    named = ", ".join(
        f"{key} {value!r}"
        for key, value in (
            ("category", source.category),
            ("product", source.product),
            ("service", source.service),
        )
        if value
    )
    return f"log source {named} is none of an access log (category webserver or proxy)"
