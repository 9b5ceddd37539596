"""Sites: which are known, which are expected on a day, and what state their logs are in."""
