"""What another margin rule would have done, in the market of 2015 and in that of 2025: arms, tables, figures, page."""
