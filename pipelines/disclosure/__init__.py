"""The register of disclosures for people: a page and a CSV file."""
