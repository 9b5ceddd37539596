"""Where things lie: what the program reads (SQL, suites, settings), and the working folder."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent
PROJECT_ROOT = PACKAGE.parent


def data_root(package: Path = PACKAGE) -> Path:
    """Return the folder of `sql/`, `expectations/`, `config/` and `dags/`.

    A wheel brings them in `data/` of the package (pyproject.toml); in a checkout, which has no such
    folder, they lie beside the package.
    """
    shipped = package / "data"
    return shipped if shipped.is_dir() else package.parent


IS_CHECKOUT = data_root() == PROJECT_ROOT
SQL_DIR = data_root() / "sql"
EXPECTATIONS_DIR = data_root() / "expectations"
DAGS_DIR = data_root() / "dags"
DEFAULT_SETTINGS = data_root() / "config" / "mimamori.yaml"
ID_NAME = "lake.id"  # of the file that names a lake, among its data and among its keys
RECORDS_KEY, RECORDS_HEAD = "records.key", "records.head"
SQL_HISTORY = ".sql_history-"  # and the account: what it entered at the SQL shell
TRUTH_FILE = "truth.json"  # of a demo, in its landing folder: what was made up, no log
# An installed package may be read-only, and the next release replaces it: no place for a lake.
DEFAULT_HOME = PROJECT_ROOT / "var" if IS_CHECKOUT else Path("var")

KeyEncryptionKey = Callable[[], bytes]
"""Fetches the key that the other keys are encrypted with, when one of them is needed."""


@dataclass(frozen=True)
class Secret:
    """A secret by the name of the environment variable that is asked for it when it is needed."""

    name: str
    value: Callable[[], str] = field(repr=False, compare=False)

    def __call__(self) -> str:
        """Return the secret; SettingsError where there is none."""
        return self.value()


@dataclass(frozen=True)
class Bucket:
    """Where data files lie on S3-compatible storage: below `prefix`, which ends with `/`."""

    name: str
    prefix: str
    endpoint: str | None
    region: str
    is_by_path: bool
    use_ssl: bool
    ca_file: Path | None
    key_id: Secret
    secret: Secret

    @property
    def url(self) -> str:
        """The place as DuckDB names it, with a final `/`."""
        return f"s3://{self.name}/{self.prefix}"


@dataclass(frozen=True)
class Cluster:
    """A lake that several machines reach: a catalog on PostgreSQL, data files in a bucket.

    `catalog` holds libpq's parameters without the password, which libpq looks for by itself (in
    PGPASSWORD or its password file) where settings name none.
    """

    catalog: str
    password: Secret | None
    data: Bucket


@dataclass(frozen=True)
class Home:
    """The working folder and its sub-folders.

    `keys_elsewhere` and `key_encryption_key` are set where settings move the keys out, and have
    them encrypted; `cluster` where catalog and data lie on servers. Only `pipelines.lake` asks for
    that, by `lake.place.place_of`.
    """

    root: Path
    keys_elsewhere: Path | None = None
    key_encryption_key: KeyEncryptionKey | None = field(default=None, repr=False, compare=False)
    cluster: Cluster | None = None

    def with_keys(self, folder: Path | None) -> "Home":
        """Return the same working folder with its keys in `folder`; None for `keys/` in it."""
        return replace(self, keys_elsewhere=folder)

    @property
    def logs(self) -> Path:
        """The landing folder, where the sites' log files arrive."""
        return self.root / "logs"

    @property
    def context(self) -> Path:
        """Lists of people, rights and shops that settings need not name, see `Settings.in_home`."""
        return self.root / "context"

    @property
    def lake(self) -> Path:
        """The lake: its encrypted Parquet data and the writers' lock."""
        return self.root / "lake"

    @property
    def lake_id(self) -> Path:
        """The name of the lake, which its keys have too: it is there once there was a key."""
        return self.lake / ID_NAME

    @property
    def examined(self) -> Path:
        """What parts of a day's detection hand to whoever weighs them together, encrypted."""
        return self.lake / "examined"

    @property
    def keys(self) -> Path:
        """The key material of the lake: nothing of it opens without this folder."""
        return self.keys_elsewhere or self.root / "keys"

    @property
    def catalog(self) -> Path:
        """The catalog of a lake within the working folder: it holds the key of every data file."""
        return self.keys / "catalog.sqlite"

    @property
    def pseudonym_key(self) -> Path:
        """The key of the keyed hashes that stand for session ids and other values."""
        return self.keys / "pseudonym.key"

    @property
    def spill(self) -> Path:
        """What finds no room in memory, and files that wait to be sent, for a while."""
        return self.lake / "spill"

    @property
    def records(self) -> Path:
        """The chained records: who looked, who decided, what left the team, what was erased."""
        return self.root / "records"

    @property
    def id_file(self) -> Path:
        """The file with the id of the working folder: several folders may share one lake."""
        return self.root / "home.id"

    def own_records_keys(self, name: str) -> Path:
        """Return where a working folder beside the first has key and head of its records."""
        return self.keys / "homes" / name

    @property
    def records_keys(self) -> Path:
        """The folder of key and head of the records: see `pipelines.records.place`."""
        if not self.id_file.exists():
            return self.keys
        own = self.own_records_keys(self.id_file.read_text(encoding="ascii").strip())
        return own if own.is_dir() else self.keys

    @property
    def records_key(self) -> Path:
        """The key that the records are chained with."""
        return self.records_keys / RECORDS_KEY

    @property
    def records_head(self) -> Path:
        """Number and hash of the last record, out of reach of whoever can write records alone."""
        return self.records_keys / RECORDS_HEAD

    @property
    def marts(self) -> Path:
        """What roles may read, one folder a role."""
        return self.root / "marts"

    @property
    def reports(self) -> Path:
        """The daily reports, one folder a day, and their index."""
        return self.root / "reports"

    @property
    def airflow(self) -> Path:
        """What Airflow keeps: its database and logs."""
        return self.root / "airflow"

    @property
    def fetched(self) -> Path:
        """What was fetched from which source, and how the last fetches ended."""
        return self.root / "fetch" / "state.sqlite"

    @property
    def proposals(self) -> Path:
        """Erasures that wait for a second person."""
        return self.root / "proposals"

    @property
    def last_report(self) -> Path:
        """What says when a report was last written, for a monitor outside."""
        return self.root / "last-report.json"

    @property
    def deliveries(self) -> Path:
        """The ledger of what was sent to whom."""
        return self.root / "deliver" / "ledger.sqlite"

    @property
    def own_names(self) -> frozenset[str]:
        """The names of what the program has in the working folder, beside `SQL_HISTORY…`."""
        own = (
            *(self.logs, self.context, self.lake, self.root / "keys", self.id_file, self.records),
            *(self.marts, self.reports, self.airflow, self.fetched.parent, self.proposals),
            *(self.last_report, self.deliveries.parent),
        )
        return frozenset(path.name for path in own)
