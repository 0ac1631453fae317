"""Published results reproduced, each by one command with a figure and a table of target against got."""
