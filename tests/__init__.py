"""The tests of mimamori; the folders mirror `pipelines/`."""
