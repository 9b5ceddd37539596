"""Tests of pipelines.fetch: against real servers, broken off, wrong, hostile and gone."""
