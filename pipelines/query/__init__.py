"""Questions to the lake: one SELECT, held to what it may read, and its rows in a form."""
