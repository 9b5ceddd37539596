"""`python -m pipelines.ingest.native`: build the compiled part; without a compiler, say so."""

import sys

from pipelines.ingest.native.library import build

if __name__ == "__main__":
    problem = build()
    if problem is not None:
        print(  # noqa: T201 - it talks to whoever installs
            "取り込みの速い経路は組み立てられませんでした。取り込みは動きますが、時間は倍ほどかかります。\n"
            f"The fast path of ingest was not built; ingest takes about twice as long. {problem}",
            file=sys.stderr,
        )
