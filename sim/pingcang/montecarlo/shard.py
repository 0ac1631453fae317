"""Runs divided among processes that know nothing of each other: array jobs with a shared folder."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Self

from pingcang.errors import ScenarioError
from pingcang.montecarlo.plan import chunk_size


@dataclass(frozen=True)
class Shard:
    """One of `of` shares of the runs, counted from 1."""

    number: int
    of: int

    @classmethod
    def read(cls, text: str) -> Self:
        """The shard in a text like `3/8`; `ScenarioError` if it is none."""
        found = re.fullmatch(r"(\d+)/(\d+)", text)
        if found is None or not 1 <= int(found[1]) <= int(found[2]):
            raise ScenarioError(
                f"--shard: got {text!r}, must be K/N with K from 1 to N; "
                "write --shard 3/8 for the third of eight processes"
            )
        return cls(int(found[1]), int(found[2]))

    def __str__(self) -> str:
        return f"{self.number}/{self.of}"

    def runs(self, runs: int) -> list[int]:
        """Its runs of 0 … runs−1, in order.

        Blocks of neighbours are dealt out in turn, so the shards are as even as blocks can make them. It depends
        on the two numbers only: each run is in one shard, whoever starts when.
        """
        size = chunk_size(runs, self.of)
        starts = range((self.number - 1) * size, runs, self.of * size)
        return [run for start in starts for run in range(start, min(start + size, runs))]
