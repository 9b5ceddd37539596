"""A bucket that nothing asks, for tests of what would."""

from pipelines.paths import Bucket, Secret

_SECRET = Secret("NAME", lambda: "value")
BUCKET = Bucket(
    "bucket",
    "lake/",
    "s3.example",
    "eu",
    is_by_path=True,
    use_ssl=True,
    ca_file=None,
    key_id=_SECRET,
    secret=_SECRET,
)
