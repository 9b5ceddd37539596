"""Shops below one template that has a roster."""

SETTINGS = """
sites:
  - id: "benry-{shop}"
    group: benry
    franchise: "{shop}"
    domains: ["{shop}.benry.example"]
    logs: ["benry/{shop}/*.log"]
    format: combined
    roster: shops.csv
"""
