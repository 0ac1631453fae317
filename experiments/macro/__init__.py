"""How the equal-risk balance of 2025 moves when the economy around the market acts on its agents, link by link.

    python -m experiments.macro --jobs 2

Tables go to results/, the picture and the text to docs/. Runs are kept, and the same command continues.
"""
