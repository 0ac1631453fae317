"""The crash of 2015 as it was: its daily table, the targets drawn from it, and the score of a result dataset."""
