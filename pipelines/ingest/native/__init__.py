"""The part of ingest that is compiled, where there is a C compiler; without it all is Polars."""
