"""Words for people: sentences in both languages, what may be shown, terminals, given texts."""
