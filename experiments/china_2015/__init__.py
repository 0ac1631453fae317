"""The 2015 crash, reproduced and scored: one command makes every figure and table of docs/validation.md.

    python -m experiments.china_2015

A step is a module with the same four functions: `cells` (what has to be simulated), `compute` (from datasets to tidy
tables, saved in results/), `draw` (from tables to pictures), `blocks` (from tables to the texts of the page).
"""
