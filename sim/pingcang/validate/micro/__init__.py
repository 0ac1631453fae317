"""The facts about single margin accounts of 2015, asked of simulated accounts."""
