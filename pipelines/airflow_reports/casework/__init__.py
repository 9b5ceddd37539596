"""Pages on which signed-in people decide about cases and sign reports (docs/airflow-reports.md)."""
