"""The servers of tests/cluster, for lakes that are brought up to date there."""

from tests.cluster.conftest import secrets, servers

__all__ = ["secrets", "servers"]
