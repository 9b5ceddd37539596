"""What becomes of findings: incidents, suppressions, the budget of a night, what people decide."""
