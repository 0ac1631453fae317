"""Quantity and quality of a margin balance, from files of the exchanges or from a simulation."""
