"""Where they trade: securities, days, sessions, and the state of every stock."""
