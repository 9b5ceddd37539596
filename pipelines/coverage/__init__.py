"""For each site and detector, whether it can work there, and if not, what is lacking."""
