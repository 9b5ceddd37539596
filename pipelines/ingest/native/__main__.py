"""`python -m pipelines.ingest.native`: build the compiled part; without a compiler, say so."""

import sys

from pipelines.ingest.native.library import build

_MESSAGE = """\
取り込みの速い経路は組み立てられませんでした。結果は同じで、時間が 5 割ほど余計にかかります。
The compiled part of ingest was not built: the same results, but half as long again.
{}
"""

if __name__ == "__main__":
    problem = build()
    if problem is not None:
        sys.stderr.write(_MESSAGE.format(problem))
