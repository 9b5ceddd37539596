"""`python -m pipelines.ingest.native`: build the compiled part; without a compiler, say so."""

import sys

from pipelines.ingest.native.library import build
from pipelines.text.messages import message

if __name__ == "__main__":
    problem = build()
    if problem is not None:
        told = message("ingest.native.not_built", between="\n")
        sys.stderr.write(f"{told}\n{problem}\n")
