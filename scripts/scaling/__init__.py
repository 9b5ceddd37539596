"""What a lake on PostgreSQL and S3 takes at other volumes: a model, and what it is checked by."""
