"""Words of the settings that commands know before settings are read, without loading pydantic."""

from typing import Literal

SECURITY = "security"  # the role that reads all
FRANCHISE = "franchise:"  # begins the role of a shop
ANALYST, AUDITOR = "analyst", "auditor"  # who read a mart without persons in clear

Months = Literal[1, 2, 3, 4, 6, 12]
"""How long a pseudonym lasts: a year has a whole number of such times."""

Ground = Literal["entrustment", "joint_use", "third_party", "law", "own"]
"""On what ground somebody gets what leaves the team."""
