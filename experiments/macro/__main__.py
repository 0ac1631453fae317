"""`python -m experiments.macro`."""

from experiments.macro.command import main

main()
