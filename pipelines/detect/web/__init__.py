"""Web attacks: what in a request's address, referrer and agent is an attack, told by signatures."""
