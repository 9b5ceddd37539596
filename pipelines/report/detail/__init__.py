"""What a report tells beyond its findings: the actor's day up close, peers, trends, reviews."""
