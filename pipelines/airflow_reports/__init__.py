"""The reports in Airflow's own web page: behind its login, its roles and its audit log."""
