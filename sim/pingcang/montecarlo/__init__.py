"""Many runs: planned, executed, kept when something breaks, and merged into one dataset."""
