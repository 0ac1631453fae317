"""python -m experiments.rule_laboratory"""

from experiments.rule_laboratory.command import main

main()
