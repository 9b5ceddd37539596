"""Tests of the reports in Airflow's pages."""
