"""The evaluation is a package of scripts, found as `make evaluate` finds it."""

import sys

from pipelines.paths import PROJECT_ROOT

sys.path.insert(0, str(PROJECT_ROOT / "scripts"))
