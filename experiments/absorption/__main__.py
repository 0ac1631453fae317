"""python -m experiments.absorption"""

from experiments.absorption.command import main

main()
