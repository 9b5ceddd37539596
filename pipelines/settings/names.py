"""Words of the settings that commands know before settings are read, without loading pydantic."""

from typing import Literal

SECURITY = "security"  # the role that reads all
FRANCHISE = "franchise:"  # begins the role of a shop

Ground = Literal["entrustment", "joint_use", "third_party", "law", "own"]
"""On what ground somebody gets what leaves the team."""
