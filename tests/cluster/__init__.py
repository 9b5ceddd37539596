"""Lakes on PostgreSQL and S3-compatible storage."""
