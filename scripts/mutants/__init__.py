"""Small faults put into the code, one at a time: do the tests of its package notice each?

`make mutants` draws a sample by a seed, runs the tests of the package that was changed, and says
what share of the faults was noticed and which ones were not.
"""
