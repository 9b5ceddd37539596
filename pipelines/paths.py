"""Where things lie: in the checkout (code, SQL, suites) and in the working folder (`--home`)."""

from dataclasses import dataclass, replace
from pathlib import Path

PROJECT_ROOT = Path(__file__).resolve().parents[1]
SQL_DIR = PROJECT_ROOT / "sql"
EXPECTATIONS_DIR = PROJECT_ROOT / "expectations"
DEFAULT_SETTINGS = PROJECT_ROOT / "config" / "mimamori.yaml"
ID_NAME = "lake.id"  # of the file that names a lake, among its data and among its keys
DEFAULT_HOME = PROJECT_ROOT / "var"
TRUTH_FILE = "truth.json"  # of a demo, in its landing folder: what was made up, no log


@dataclass(frozen=True)
class Home:
    """The working folder and its sub-folders; `keys_elsewhere` where settings move the keys out."""

    root: Path
    keys_elsewhere: Path | None = None

    def with_keys(self, folder: Path | None) -> "Home":
        """Return the same working folder with its keys in `folder`; None for `keys/` in it."""
        return replace(self, keys_elsewhere=folder)

    @property
    def logs(self) -> Path:
        """The landing folder, where the sites' log files arrive."""
        return self.root / "logs"

    @property
    def lake(self) -> Path:
        """The lake: its encrypted Parquet data and the writers' lock."""
        return self.root / "lake"

    @property
    def lake_id(self) -> Path:
        """The name of the lake, which its keys have too: it is there once there was a key."""
        return self.lake / ID_NAME

    @property
    def keys(self) -> Path:
        """The key material of the lake: nothing of it opens without this folder."""
        return self.keys_elsewhere or self.root / "keys"

    @property
    def catalog(self) -> Path:
        """The lake's catalog, which holds the key of every data file."""
        return self.keys / "catalog.sqlite"

    @property
    def pseudonym_key(self) -> Path:
        """The key of the keyed hashes that stand for session ids and other values."""
        return self.keys / "pseudonym.key"

    @property
    def reports(self) -> Path:
        """The daily reports, one folder a day, and their index."""
        return self.root / "reports"

    @property
    def deliveries(self) -> Path:
        """The ledger of what was sent to whom."""
        return self.root / "deliver" / "ledger.sqlite"
