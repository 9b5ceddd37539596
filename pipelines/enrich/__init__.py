"""What is looked up: places and networks of addresses, personal data behind URLs."""
