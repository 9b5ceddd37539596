"""`make docs`: write every page that is made from the code."""

from pages import (
    data_dictionary,
    data_inventory,
    day_tables,
    detectors,
    formats,
    log_lines,
    readmes,
    scale_model,
)


def main() -> None:
    """Write the pages."""
    for page in (data_dictionary, data_inventory, day_tables, formats, log_lines, scale_model):
        page.FILE.write_text(page.document(), encoding="utf-8")
    detectors.write()
    for path in readmes.FILES:
        path.write_text(readmes.document(path), encoding="utf-8")


main()
