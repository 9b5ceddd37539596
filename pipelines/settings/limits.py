"""Bounds on what one night takes in and on what one query may cost: the part `limits:` of settings.

Anybody who can write into a log, or deliver one, can make it large. What passes a bound is put
aside and reported, never dropped silently (docs/limits.md).
"""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Count = Annotated[int, Field(ge=1)]


class Limits(BaseModel):
    """The bounds, each with the default that fits 2 cores and 24 GB."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    archive_ratio: Count = Field(
        default=2000, description="Decompressed bytes for each compressed byte of an archive."
    )
    file_bytes: Count = Field(
        default=64 * 1024**3, description="Decompressed bytes of one file that a run reads."
    )
    file_lines: Count = Field(default=500_000_000, description="Lines of one file.")
    file_formats: Count = Field(
        default=64, description="Distinct formats that the directives of one file may declare."
    )
    field_bytes: Count = Field(default=64 * 1024, description="Bytes of one field that are kept.")
    new_hosts_per_day: Count = Field(
        default=10_000, description="Host names not seen before, for each site and day."
    )
    new_methods_per_day: Count = Field(
        default=100, description="Methods, and protocols, not seen before, for each site and day."
    )
    new_agents_per_day: Count = Field(
        default=200_000, description="User agents not seen before, for each site and day."
    )
    reexamine_days: Count = Field(
        default=45, description="Days before the night that late lines may bring back."
    )
    days_outside: Count = Field(
        default=1100, description="Days outside those that one run takes lines of."
    )
    days_per_night: Count = Field(
        default=60, description="Days that one night checks, detects and reports."
    )
    late_days_per_night: Count = Field(
        default=2, description="Earlier days with few new lines that one night examines again."
    )
    stage_minutes: Count = Field(
        default=120,
        description="Minutes that a stage may take for one day; a quarter more for each further "
        "day, and for ingest a second for each 500 kB of files.",
    )
    detector_seconds: Count = Field(
        default=900, description="Seconds that one detector may take on one day."
    )
    fetch_minutes: Count = Field(default=240, description="Minutes that one fetch may take.")
    fetch_source_seconds: Count = Field(
        default=3600, description="Seconds that one source may take in one fetch."
    )
    fetch_names: Count = Field(
        default=200_000, description="Names that one source, or a folder of it, may list."
    )
    landing_bytes: Count = Field(
        default=1024**4, description="Bytes of the landing folder that a fetch fills."
    )
    landing_free_bytes: Annotated[int, Field(ge=0)] = Field(
        default=2 * 1024**3, description="Bytes of the disk that a fetch leaves free."
    )
    sql_seconds: Count = Field(default=60, description="Seconds that one query may take.")
    sql_memory_mb: Count = Field(default=2048, description="Memory that one query may use, MB.")
    sql_rows: Count = Field(default=10_000_000, description="Rows that one query may return.")
