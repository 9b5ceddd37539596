"""A hundred Sigma rules such as people write for web servers: what detection is measured with.

Made up for the purpose, in the manner of the public rules: addresses of products with a method or
status, words of attacks as keywords, names of tools in the agent, regular expressions, exclusions,
networks, and correlations over some of them.
"""

import uuid
from pathlib import Path

RULES = 100

_EVERY = 20  # one rule in so many is a correlation, over two that come before it

_HEAD = """title: {title}
id: {id}
status: test
logsource:
    category: webserver
"""
_PLAIN = """detection:
    selection:
{lines}
    filter:
        cs-user-agent|contains: 'internal monitor {number}'
    condition: selection and not filter
level: {level}
"""
_LEVELS = ("high", "medium", "low", "critical", "informational")


def write(folder: Path) -> None:
    """Write the rules into a folder that is there, a file each."""
    for number in range(RULES):
        (folder / f"web_{number:03}.yml").write_text(_rule(number), encoding="utf-8")


def _rule(number: int) -> str:
    head = _HEAD.format(title=f"Web rule {number}", id=_id(number))
    if number % _EVERY == _EVERY - 1:
        return head.replace("logsource:\n    category: webserver\n", "") + _correlation(number)
    lines = "\n".join(f"        {line}" for line in _selection(number))
    return head + _PLAIN.format(lines=lines, number=number, level=_LEVELS[number % 5])


def _selection(number: int) -> list[str]:
    product = f"product{number}"
    kinds = (
        [f"cs-uri-query|contains: '/{product}/admin/upload.php'", "cs-method: POST"],
        [f"cs-uri-query|contains|all: ['/{product}/', 'cmd=', 'exec']", "sc-status: 200"],
        [f"cs-uri-stem|endswith: ['/{product}.jsp', '/{product}.aspx', '/{product}.cgi']"],
        [f"cs-user-agent|contains: ['{product}map', '(agent {number})']", "sc-status: 500"],
        [rf"cs-uri-query|re: '(?i)/{product}/[a-z0-9_]+\.(php|asp)\?id=[0-9]+(''|%27)'"],
        [f"cs-uri-query: ['*/{product}/*/sh?.php*', '*%2f{product}%2f*']", "sc-status: [200, 500]"],
        [f"cs-referer|startswith: 'http://{product}.example/'", "c-ip|cidr: 203.0.113.0/24"],
        [f"'|all': ['{product} union', 'select']"],
        [f"cs-uri-query|base64offset|contains: 'system {product}'"],
        # Pages of the drawn day end in a number of five digits.
        [f"cs-uri-stem|contains: '-{number}4'", "sc-status: 404", "cs-username: null"],
    )  # fmt: skip
    return kinds[number % len(kinds)]


def _correlation(number: int) -> str:
    first, second = _id(number - _EVERY + 1), _id(number - _EVERY + 2)
    is_counted = number // _EVERY % 2 == 0
    return f"""correlation:
    type: {"event_count" if is_counted else "temporal"}
    rules: ['{first}', '{second}']
    group-by: [c-ip]
    timespan: 10m
    generate: true
    {"condition: {gte: 5}" if is_counted else ""}
level: high
"""


def _id(number: int) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"bench {number}"))
