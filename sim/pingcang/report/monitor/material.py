"""What the page of a monitor is made from."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from pingcang.language import translated
from pingcang.leverage.variables import BY_NAME
from pingcang.report.blocks import Source

if TYPE_CHECKING:
    from pingcang.leverage.monitor.reading import Reading
    from pingcang.leverage.monitor.scorecard import Monitor
    from pingcang.leverage.thresholds import Thresholds


@dataclass(frozen=True)
class Read:
    """A balance that was read, the lines it is held against, and the command that did it."""

    monitor: Monitor
    thresholds: Thresholds | None
    command: str

    @property
    def several(self) -> bool:
        """Whether there are several runs."""
        return self.monitor.runs > 1

    @property
    def over_runs(self) -> str:
        """What is done with the runs, if there are several."""
        return (
            translated("; median, and 5–95 % of the {runs} runs").format(runs=self.monitor.runs) if self.several else ""
        )

    @property
    def dims(self) -> dict[str, str]:
        """Variable -> its dimensions in words."""
        run = ("run",) if self.several else ()
        return {name: " × ".join((*run, *BY_NAME[name].dims)) for name in self.monitor.sources}

    def source(self, readings: Iterable[Reading], reduction: str) -> Source:
        """The variables that readings come from, and what was done with them."""
        names = dict.fromkeys(name for each in readings for name in each.inputs)
        return Source(tuple(names), reduction + self.over_runs)


def without_folders(text: str, paths: Sequence[Path]) -> str:
    """A text in which paths stand by their last name: a page does not tell where its maker keeps files."""
    for path in sorted(paths, key=lambda path: -len(str(path))):
        if len(path.parts) > 1:
            text = text.replace(str(path), path.name)
    return text


def bare_command(command: str) -> str:
    """A command without the folders of its paths, and without what changes nothing of the page."""
    words = [word for word in shlex.split(command) if word not in {"--overwrite", "--quiet"}]
    return shlex.join([_last_name(word) for word in words])


def _last_name(word: str) -> str:
    option, equals, value = word.partition("=") if word.startswith("--") else ("", "", word)
    return f"{option}{equals}{Path(value).name if set(value) & {'/', os.sep} else value}"


def private(monitor: Monitor, paths: Sequence[Path]) -> Monitor:
    """The same monitor with the folders of these paths left out of its texts."""
    return replace(
        monitor,
        name=without_folders(monitor.name, paths),
        sources={name: without_folders(source, paths) for name, source in monitor.sources.items()},
        notes=tuple(without_folders(note, paths) for note in monitor.notes),
    )
