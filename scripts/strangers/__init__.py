"""Judges `mimamori` on companies drawn by people who do not know how it works.

Each file of `worlds/` draws one company, shares no code with any other, and was written from the
contract alone. `worlds/looked_at.yaml` says who has looked into which of them and when: figures
of a world that somebody has tuned on are no evidence any more.
"""
