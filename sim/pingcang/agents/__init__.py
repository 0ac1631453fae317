"""Who trades: populations of margin accounts, funds, the national team, and the rest of the market."""
