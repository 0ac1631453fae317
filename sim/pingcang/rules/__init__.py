"""The rules of margin trading and of price formation: one rule a file, with its symbols, units and source."""
