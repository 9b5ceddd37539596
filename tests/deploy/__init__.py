"""What is installed around the program: units of systemd."""
