"""Cases: all findings on one person, address or site over days, with one risk (docs/cases.md)."""
