"""Whether a day's data can be trusted: suites of checks, judged by Great Expectations."""
