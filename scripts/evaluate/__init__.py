"""`make evaluate`: how well the detectors do on simulated worlds that they were not tuned on.

The simulator is made from how people, shops, carriers and attackers behave. It shares no constant
with the detectors: nothing here reads `pipelines.detect` or `sql/`, and nothing there reads this.
"""
