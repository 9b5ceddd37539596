"""The tests of mimamori; the folders mirror `pipelines/`."""

import os

# As the commands that read logs do: a second thread costs a fourth of the time of short tests.
os.environ.setdefault("POLARS_MAX_THREADS", "1")
