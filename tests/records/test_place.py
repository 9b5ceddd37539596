"""Each working folder has a name of its own, which stays."""

from pathlib import Path

from pipelines.paths import Home
from pipelines.records.place import home_id


def test_a_working_folder_keeps_the_name_that_it_was_given(tmp_path: Path) -> None:
    """It is another's in no other folder, and nothing but its file is left."""
    home = Home(tmp_path / "var")
    name = home_id(home)
    assert home_id(home) == name
    assert home_id(Home(tmp_path / "other")) != name
    assert list(home.root.iterdir()) == [home.id_file]
