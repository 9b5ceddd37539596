"""`mimamori doctor`: looks at everything a night depends on, and proves that no line was lost."""
