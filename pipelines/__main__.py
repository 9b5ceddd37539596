"""`python -m pipelines` is `mimamori`."""

from pipelines.cli import main

main()
