"""The page on which a role searches what its data hold."""
