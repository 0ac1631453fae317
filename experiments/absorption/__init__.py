"""How far the breadth and the lower leverage of 2025 absorb the shock of 2015: cells, tables, figures, page."""
