"""`python -m experiments.equal_risk`."""

from experiments.equal_risk.command import main

main()
