"""What `pingcang regimes` shows."""

from __future__ import annotations

from itertools import pairwise

from rich import box
from rich.table import Table

from pingcang.cli.study_show import console
from pingcang.leverage.regimes import RegimeTable, disagreements, found_in
from pingcang.leverage.regimes.files import WORDS
from pingcang.leverage.regimes.told import LEGEND, columns, told


def show_table(table: RegimeTable) -> None:
    """A row a figure, a column a regime, then marks and notes."""
    text = told(table)
    grid = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    grid.add_column(text.heads[0], no_wrap=True)
    for head in text.heads[1:]:
        grid.add_column(head, justify="right", no_wrap=True)
    for (group, following), row in zip(pairwise((*text.groups, "")), text.rows, strict=True):
        grid.add_row(*row, end_section=group != following)
    print(f"Regimes of margin trading; files read: {', '.join(table.files) or 'none, printed figures only'}")
    screen = console()
    screen.print(grid)
    screen.print(f"{LEGEND}. Money in the market's currency.")
    for number, note in enumerate(text.notes, start=1):
        screen.print(f"{number:>2} {note}")
    screen.print("")
    for line in columns(table):
        screen.print(line)
    print(f"{len(disagreements())} disagreements of sources: pingcang regimes --disagreements")


def show_disagreements(table: RegimeTable) -> None:
    """What is said, what is found, what is used; then what the table itself finds."""
    screen = console()
    for each in disagreements():
        screen.print(f"\n{each.about}")
        for line in each.said:
            screen.print(f"  says   {line}")
        screen.print(f"  found  {each.found} ({WORDS[each.confidence]}: {each.source})")
        screen.print(f"  used   {each.used}")
    screen.print("\nPrinted figures that the table's cells of the same day do not round to:")
    for line in found_in(table):
        screen.print(f"  {line}")
