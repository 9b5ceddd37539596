"""Of a machine's processors only those count that the process may use."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

_HIERARCHY = Path("/sys/fs/cgroup")
_ASKED = "from pipelines.cores import usable_cores; print(usable_cores())"
_AMONG = "import os, sys; open(sys.argv[1], 'w').write(str(os.getpid()));"


@pytest.fixture
def half_a_processor() -> Iterator[Path]:
    """A group of processes that together have the time of half a processor; its list of them."""
    is_second = (_HIERARCHY / "cgroup.controllers").is_file()
    group = (_HIERARCHY if is_second else _HIERARCHY / "cpu") / f"mimamori-test-{os.getpid()}"
    try:
        group.mkdir()
    except OSError as error:
        pytest.skip(f"no group can be made here: {error}")
    try:
        try:
            if is_second:
                (group / "cpu.max").write_text("50000 100000")
            else:
                (group / "cpu.cfs_quota_us").write_text("50000")
        except OSError as error:
            pytest.skip(f"no quota can be set here: {error}")
        yield group / ("cgroup.procs" if is_second else "tasks")
    finally:
        group.rmdir()


def _cores(code: str, *arguments: str) -> int:
    command = [sys.executable, "-c", code + _ASKED, *arguments]
    return int(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def test_all_processors_count_that_a_process_is_bound_to() -> None:
    """`taskset -c 0` leaves one of however many there are."""
    bound = sorted(os.sched_getaffinity(0))
    assert 1 <= _cores("") <= len(bound)
    assert _cores(f"import os; os.sched_setaffinity(0, {{{bound[0]}}});") == 1


def test_quota_of_a_container_counts(half_a_processor: Path) -> None:
    """The limit of CPU time that Docker and Kubernetes set; a part of one counts as one."""
    assert _cores(_AMONG, str(half_a_processor)) == 1
