"""Tests of requests of persons."""
