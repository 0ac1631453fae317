"""`fetch.json`: what was asked when and by which versions, and which days have no figures, so as not to ask again.

The files are the truth about what is there; the journal can be lost without harm, at the price of a few requests.
"""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

from pingcang.errors import DataError
from pingcang.leverage.fetch.tables import TOTALS, Table
from pingcang.results.files import storage_errors, written_whole

NAME = "fetch.json"
REMEMBERED = 100
"""Commands that are kept."""
ASKED_AGAIN = dt.timedelta(days=7)
"""When a day is asked again of which one exchange has no figures, and the other has, or was not asked."""
SERIES_AGES = dt.timedelta(days=1)


class Journal:
    """`empty`: table -> day -> when it was asked and found empty, though a later day had figures by then."""

    def __init__(self, folder: Path, scratch: Path) -> None:
        self.path, self._scratch = folder / NAME, scratch
        self.commands: list[dict[str, Any]] = []
        self.series: dict[str, str] = {}
        self.empty: dict[str, dict[str, str]] = {}
        self._read()

    def _read(self) -> None:
        if not self.path.exists():
            return
        try:
            told = json.loads(self.path.read_text(encoding="utf-8"))
            self.commands, self.series, self.empty = told["commands"], told["series"], told["empty"]
        except (OSError, ValueError, KeyError, TypeError) as reason:
            raise DataError(
                f"{self.path}: is no journal of pingcang fetch ({type(reason).__name__}: {reason}); remove it: the "
                "figures stay, and only days without any are asked again"
            ) from reason

    def closed(self, day: dt.date) -> bool:
        """Whether nothing was traded: both exchanges had no figures when they had later ones."""
        return all(str(day) in self.empty.get(name, {}) for name in TOTALS)

    def worth_asking(self, table: Table, day: dt.date, now: dt.datetime) -> bool:
        """Whether the day may have figures that are not here."""
        asked = self.empty.get(table.name, {}).get(str(day))
        return not self.closed(day) and (asked is None or now - dt.datetime.fromisoformat(asked) > ASKED_AGAIN)

    def fresh(self, table: Table, now: dt.datetime) -> bool:
        """Whether a series was fetched less than a day ago."""
        fetched = self.series.get(table.name)
        return fetched is not None and now - dt.datetime.fromisoformat(fetched) < SERIES_AGES

    def note_empty(self, table: Table, days: list[dt.date], now: dt.datetime) -> None:
        """Remember days without figures."""
        self.empty.setdefault(table.name, {}).update({str(day): _stamp(now) for day in days})

    def note_figures(self, table: Table, day: dt.date) -> None:
        """Forget that a day had none."""
        self.empty.get(table.name, {}).pop(str(day), None)

    def note_series(self, table: Table, now: dt.datetime) -> None:
        """Remember when a series was fetched."""
        self.series[table.name] = _stamp(now)

    def note_command(self, **told: Any) -> None:
        """Remember a command, in place of itself if it is told again."""
        self.commands = [each for each in self.commands if each["began"] != told["began"]]
        self.commands = [*self.commands, told][-REMEMBERED:]

    def save(self) -> None:
        """Write it whole."""
        told = {
            "what": "journal of pingcang fetch; the figures belong to the exchanges",
            "commands": self.commands,
            "series": self.series,
            "empty": {name: dict(sorted(days.items())) for name, days in sorted(self.empty.items())},
        }
        with storage_errors(self.path), written_whole(self.path, self._scratch) as temporary:
            temporary.write_text(json.dumps(told, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def _stamp(now: dt.datetime) -> str:
    return now.isoformat(timespec="seconds")
