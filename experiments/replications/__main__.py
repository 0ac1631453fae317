"""`python -m experiments.replications`."""

from experiments.replications.command import main

main()
