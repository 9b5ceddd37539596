"""A client of S3 or a compatible store, made the same way for whatever is read or kept there."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import botocore.session
from botocore import UNSIGNED
from botocore.config import Config


def s3_client(
    endpoint_url: str | None,
    region: str,
    keys: Mapping[str, str | None],
    *,
    is_by_path: bool,
    is_anonymous: bool = False,
    timeout_seconds: float = 60,
    attempts: int = 1,
    ca_file: Path | None = None,
) -> Any:
    """Return a client; nothing is asked yet. Without `keys` as the machine is known.

    Certificates are checked against `ca_file`, else against the authorities that botocore knows.
    """
    signing = {"signature_version": UNSIGNED} if is_anonymous else {}
    return botocore.session.Session().create_client(
        "s3",
        region_name=region,
        endpoint_url=endpoint_url,
        verify=ca_file and str(ca_file),
        config=Config(
            s3={"addressing_style": "path" if is_by_path else "virtual"},
            connect_timeout=timeout_seconds,
            read_timeout=timeout_seconds,
            retries={"total_max_attempts": attempts},
            response_checksum_validation="when_required",  # of parts there is none
            max_pool_connections=32,
            **signing,
        ),
        **keys,
    )
