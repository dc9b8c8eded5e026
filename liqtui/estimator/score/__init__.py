"""How right a map has been: against the truth where there is one, against what fired elsewhere.

The metrics are those of docs/estimator.md 6, each a function of arrays.
"""
