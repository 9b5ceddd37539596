"""A day of one site in which a log-in is forced, records are taken and a page is attacked."""

import datetime as dt

SETTINGS = """
user_types: [{pattern: "^st-", type: staff}]
resources:
  all:
    - {id: login, kind: login, path: /login, methods: [POST], success: [302], failure: [401]}
    - {id: customer, kind: record, path: "/customers/{subject}", level: 3}
sites:
  - {id: main, group: main, domains: [main.example], logs: ["main/*.log"], resources: all}
"""


def lines(day: dt.date, user: str) -> str:
    """Return the log of a day on which `user` saw the records."""
    at = f"{day:%d/%b/%Y}"
    attempts = [
        f'198.51.100.9 - - [{at}:03:{number % 60:02}:30 +0900] "POST /login HTTP/1.1" 401 90 "-"'
        ' "curl/8.5"'
        for number in range(60)
    ]
    records = [
        f"192.0.2.7 - {user} [{at}:02:{number // 60:02}:{number % 60:02} +0900]"
        f' "GET /customers/{number:06} HTTP/1.1" 200 900 "-" "Mozilla/5.0"'
        for number in range(400)
    ]
    attack = (
        f'203.0.113.5 - - [{at}:12:00:00 +0900] "GET /?q=1%27%20union%20select%201,2--'
        ' HTTP/1.1" 200 90 "-" "sqlmap/1.8"'
    )
    return "\n".join([*attempts, *records, attack]) + "\n"
