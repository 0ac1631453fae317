"""What a section is made of. The page shows each kind of block in its own way; all text is escaped there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from pingcang.report.numbers import Numbers


@dataclass(frozen=True)
class Source:
    """Where numbers come from: variables of the dataset, and what was done with them."""

    variables: tuple[str, ...]
    reduction: str

    @property
    def names(self) -> str:
        """For the attribute data-variable."""
        return " ".join(self.variables)


@dataclass(frozen=True)
class Words:
    """A paragraph; `answer` is set large, `note` small."""

    kind: ClassVar[str] = "words"
    text: str
    tone: str = "plain"
    source: Source | None = None


@dataclass(frozen=True)
class Code:
    """A command."""

    kind: ClassVar[str] = "code"
    text: str


@dataclass(frozen=True)
class Items:
    """A list of sentences."""

    kind: ClassVar[str] = "items"
    texts: tuple[str, ...]


@dataclass(frozen=True)
class Facts:
    """Terms and what they are, one line each."""

    kind: ClassVar[str] = "facts"
    rows: Mapping[str, str]


@dataclass(frozen=True)
class Tile:
    """A key number: what it is, the number, and its uncertainty in words."""

    term: str
    value: str
    note: str
    source: Source


@dataclass(frozen=True)
class Tiles:
    """Key numbers side by side."""

    kind: ClassVar[str] = "tiles"
    tiles: tuple[Tile, ...]


@dataclass(frozen=True)
class Table:
    """A table with a caption."""

    kind: ClassVar[str] = "table"
    name: str
    title: str
    numbers: Numbers
    source: Source
    folded: bool = False


@dataclass(frozen=True)
class Judged:
    """A number of a scorecard: its value, its spread over the runs, its light, and how it was come by."""

    term: str
    value: str
    note: str
    light: str
    """Empty where no line is known."""
    shape: str
    """A sign of the light that is none of colour."""
    how: tuple[str, ...]
    source: Source


@dataclass(frozen=True)
class Scorecard:
    """Numbers below each other, each with its light and its formula."""

    kind: ClassVar[str] = "scorecard"
    name: str
    title: str
    rows: tuple[Judged, ...]
    numbers: Numbers
    """The same for a spreadsheet."""
    source: Source


@dataclass(frozen=True)
class Verdict:
    """A light with what it means, set large."""

    kind: ClassVar[str] = "verdict"
    light: str
    shape: str
    text: str
    source: Source


@dataclass(frozen=True)
class Chart:
    """A figure with its words for those who cannot see it, and the numbers that are drawn."""

    kind: ClassVar[str] = "chart"
    name: str
    title: str
    picture: str
    """data: address of the image."""
    alt: str
    numbers: Numbers
    source: Source


@dataclass(frozen=True)
class Fold:
    """A long text behind a line that opens it."""

    kind: ClassVar[str] = "fold"
    title: str
    text: str


Block = Words | Code | Items | Facts | Tiles | Table | Scorecard | Verdict | Chart | Fold


@dataclass(frozen=True)
class Section:
    """A numbered part of the page."""

    name: str
    title: str
    blocks: tuple[Block, ...] = field(default=())
