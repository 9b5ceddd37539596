"""The demo: simulated access logs of every configured site, with incidents of known truth."""
