"""The margin balance of 2025 at which the news of 2015 does the damage of 2015, at two levels of shadow finance.

    python -m experiments.equal_risk --jobs 2

Tables go to results/, the picture and the text to docs/. Runs are kept, and the same command continues.
"""
