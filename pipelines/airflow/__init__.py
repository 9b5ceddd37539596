"""What runs within Airflow: its DAGs call `orchestration`; `deployment` says what is deployed."""
