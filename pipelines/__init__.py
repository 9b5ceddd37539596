"""mimamori (見守り): access-log ingestion and security monitoring, a stage a sub-package."""

__version__ = "1.0.0"
