"""How sure the numbers of a scenario are, and what differs between two scenarios."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pandas as pd

from pingcang.language import translated
from pingcang.report.blocks import Block, Source, Table, Words
from pingcang.report.keys import STATUSES, different, ready_made_of, statuses
from pingcang.report.numbers import in_words
from pingcang.report.words import counted, listed

if TYPE_CHECKING:
    from pingcang.scenario.schema import Scenario

TEXT = Source(("scenario_text",), "the scenario in the dataset's attributes")
LONGEST = 400
"""Letters of a note or comment."""
ARE = {
    "assumption": ("is an assumption", "are assumptions"),
    "fitted": ("is fitted to data of 2015", "are fitted to data of 2015"),
    "estimate": ("is an estimate", "are estimates"),
    "remembered": ("is remembered and unchecked", "are remembered and unchecked"),
    "source": ("has a source", "have a source"),
}
NOT_HELD = "Which numbers are assumptions is said by comments in the scenario's file; a dataset does not hold them."


def status(read: Scenario) -> list[Block]:
    """What the comments in the file of a ready-made scenario say of its numbers; and what these runs change in it."""
    ready = ready_made_of(read.name)
    if ready is None:
        return [Words(NOT_HELD, "note")]
    found = statuses(read.name)
    count = Counter(each for _, each, _ in found)
    told = listed([f"{count[each]} {translated(ARE[each][count[each] != 1])}" for each in STATUSES if count[each]])
    rows = pd.DataFrame([{"key": key, "status": each, "comment": cut(comment)} for key, each, comment in found])
    title = translated("Where the numbers of the ready-made scenario come from")
    return [
        Words(
            translated("What is assumption: of the {key} of {name} with a comment, {told}.").format(
                key=counted(len(found), "key"), name=read.name, told=told
            )
        ),
        Table("status", title, in_words(rows, rows), TEXT, folded=True),
        *differing(
            different(ready, read),
            "changed",
            translated("What these runs change in {name}").format(name=read.name),
            ("ready-made", "here"),
        ),
    ]


def differing(found: dict[str, tuple[str, str]], name: str, title: str, heads: tuple[str, str]) -> list[Block]:
    """Keys with both of their values."""
    if not found:
        return [Words(translated("{title}: nothing on which a number hangs.").format(title=title))]
    rows = pd.DataFrame([{"key": key, heads[0]: pair[0], heads[1]: pair[1]} for key, pair in found.items()])
    return [Table(name, title, in_words(rows, rows), TEXT)]


def cut(text: str) -> str:
    """The text, or its beginning."""
    return text if len(text) <= LONGEST else f"{text[:LONGEST]} …"
