"""The leverage of a market, real or simulated: ratios, risk thresholds, and the reading of a balance.

The same functions read a table of an exchange and a dataset of `pingcang run`: both become a dataset of the
variables in `leverage.variables` first.
"""
