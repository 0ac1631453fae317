"""`python -m experiments.china_2015`."""

from experiments.china_2015.command import main

main()
