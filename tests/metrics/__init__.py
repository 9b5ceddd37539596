"""`mimamori metrics`."""
