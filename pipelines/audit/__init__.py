"""The monthly audit report: what the lake proves of the seven technical measures."""
