"""Studies: the same random numbers under two or more scenarios, and what the differences are worth."""
