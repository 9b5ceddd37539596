"""The weekly page for management: a week on one page, beside the four weeks before."""
