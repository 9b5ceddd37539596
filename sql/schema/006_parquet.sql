-- Data files in version 2 of the format: its encodings of numbers and texts cost less to write.

call lake.set_option('parquet_version', '2');
