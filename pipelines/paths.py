"""Where things lie: in the checkout (code, SQL, suites) and in the working folder (`--home`)."""

from dataclasses import dataclass
from pathlib import Path

PROJECT_ROOT = Path(__file__).resolve().parents[1]
SQL_DIR = PROJECT_ROOT / "sql"
EXPECTATIONS_DIR = PROJECT_ROOT / "expectations"
DEFAULT_SETTINGS = PROJECT_ROOT / "config" / "mimamori.yaml"
DEFAULT_HOME = PROJECT_ROOT / "var"


@dataclass(frozen=True)
class Home:
    """The working folder and its fixed sub-folders."""

    root: Path

    @property
    def logs(self) -> Path:
        """The landing folder, where the sites' log files arrive."""
        return self.root / "logs"

    @property
    def lake(self) -> Path:
        """The lake: catalog, Parquet data and the writers' lock."""
        return self.root / "lake"

    @property
    def pseudonym_key(self) -> Path:
        """The key of the keyed hashes that stand for session ids."""
        return self.lake / "pseudonym.key"

    @property
    def reports(self) -> Path:
        """The daily reports, one folder a day, and their index."""
        return self.root / "reports"

    @property
    def deliveries(self) -> Path:
        """The ledger of what was sent to whom."""
        return self.root / "deliver" / "ledger.sqlite"
