"""A fetch from the first question to the last: what is missing, table by table, and what becomes of the answers."""

from __future__ import annotations

import datetime as dt
from bisect import bisect, insort
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pingcang
from pingcang.errors import ScenarioError, StorageError
from pingcang.leverage.fetch.dates import check_range, weekdays
from pingcang.leverage.fetch.faults import ChangedError, FetchError, UnreachableError
from pingcang.leverage.fetch.folder import Folder
from pingcang.leverage.fetch.journal import Journal
from pingcang.leverage.fetch.pace import Clock, Pace
from pingcang.leverage.fetch.report import Failure, Fetched, TableReport
from pingcang.leverage.fetch.source import AkShare, Source
from pingcang.leverage.fetch.tables import EXCHANGES, SSE_DATE, Span, Table, tables_of

if TYPE_CHECKING:
    import pandas as pd

OnProgress = Callable[[float], None]
PAUSE, SHORTEST_PAUSE = 1.5, 1.0
"""Seconds between requests: Eastmoney is known to block after some 200 quick ones."""
RETRIES = 4
SILENCE = 30
"""Weekdays in a row without figures after which a table is believed to be broken: no holiday is half as long."""


class Question(NamedTuple):
    """One request: the days that are missing of a table."""

    table: Table
    days: list[dt.date]


def fetch(
    folder: Path,
    first: dt.date,
    last: dt.date | None = None,
    *,
    exchange: str | None = None,
    detail: bool = False,
    pause: float = PAUSE,
    retries: int = RETRIES,
    refresh: bool = False,
    progress: Callable[[int], OnProgress] = lambda _: lambda _: None,
    clock: Clock | None = None,
    source: Source | None = None,
) -> Fetched:
    """Fetch the margin figures from `first` to `last` that `folder` does not have; `refresh`: have or not.

    `exchange` is SSE, SZSE or None for both and the series of the whole market; `detail` adds the tables by security.
    `progress` gets the number of requests, as far as it can be known, and gives a function that hears of each.

    Raises `FetchError` when a table could not be fetched, after all others were; `ScenarioError` for a range that
    cannot be, without AkShare, or while another process fetches into the folder.
    """
    clock = clock or Clock()
    if exchange not in {None, *EXCHANGES}:
        raise ScenarioError(f"--exchange: found {exchange!r}, must be {' or '.join(EXCHANGES)}; leave it out for both")
    if pause < SHORTEST_PAUSE:
        raise ScenarioError(f"--pause: found {pause:g}, must be at least {SHORTEST_PAUSE:g} s, out of politeness")
    today = clock.now().date()
    last = check_range(first, last, today)
    pace = Pace(pause, clock)
    source = source or AkShare(pace)
    place = Folder(folder)
    with place.held():
        days = weekdays(first, min(last, today - dt.timedelta(days=1)))  # the day's own figures come tomorrow
        tables = tables_of(exchange, detail=detail)
        work = _Fetch(place, Journal(folder, place.unfinished), tables, days, pace, clock, source)
        work.told.first, work.told.last = first, last
        with work.accounted():
            work.go(retries, progress, refresh=refresh)
    if work.told.failures:
        failures = "\n".join(map(str, work.told.failures))
        raise FetchError(f"{failures}\n{work.told.kept()}", work.told)
    return work.told


class _Fetch:
    """One fetch at work."""

    def __init__(
        self,
        folder: Folder,
        journal: Journal,
        tables: list[Table],
        days: list[dt.date],
        pace: Pace,
        clock: Clock,
        source: Source,
    ) -> None:
        self.folder, self.journal, self.tables, self.days = folder, journal, tables, days
        self.pace, self.clock, self.source = pace, clock, source
        self.there = {table.name: sorted(folder.days(table)) for table in tables}
        self.pending: dict[str, list[dt.date]] = {table.name: [] for table in tables}
        """Days without figures, of which it is not known yet whether later ones have some."""
        self.told = Fetched(folder.path, dt.date.min, dt.date.min, {table.name: TableReport() for table in tables})
        self.began = clock.now()
        self.given_up: set[str] = set()

    def go(self, retries: int, progress: Callable[[int], OnProgress], *, refresh: bool) -> None:
        """Ask what is missing, one question at a time."""
        questions = [question for table in self.tables for question in self._questions(table, refresh=refresh)]
        for table in self.tables:
            self.told.tables[table.name].kept = self._kept(table, questions)
        advance = progress(len(questions))
        advance(0.0)
        for question in questions:
            if self._still_open(question):
                self._ask(question, retries)
            advance(1.0)

    def _questions(self, table: Table, *, refresh: bool) -> Iterator[Question]:
        if table.span is Span.SERIES:
            there = self.folder.file(table, dt.date.min).exists()
            if self.days and (refresh or not there or not self.journal.fresh(table, self.began)):
                yield Question(table, [self.days[-1]])
            return
        missing = [day for day in self.days if refresh or self._missing(table, day)]
        if table.span is Span.DAY:
            yield from (Question(table, [day]) for day in missing)
        else:
            yield from (Question(table, list(year)) for _, year in groupby(missing, lambda day: day.year))

    def _missing(self, table: Table, day: dt.date) -> bool:
        return not self._has(table, day) and self.journal.worth_asking(table, day, self.began)

    def _has(self, table: Table, day: dt.date) -> bool:
        known = self.there[table.name]
        place = bisect(known, day)
        return place > 0 and known[place - 1] == day

    def _kept(self, table: Table, questions: list[Question]) -> int:
        asked = {day for question in questions if question.table is table for day in question.days}
        if table.span is Span.SERIES:
            return int(not asked and self.folder.file(table, dt.date.min).exists())
        return sum(self._has(table, day) for day in self.days if day not in asked)

    def _still_open(self, question: Question) -> bool:
        """Not of a site or table that has failed, nor of a day that turned out to be no trading day."""
        table, days = question
        return not {table.site, table.name} & self.given_up and not all(map(self.journal.closed, days))

    def _ask(self, question: Question, retries: int) -> None:
        table, days = question
        try:
            frame = self.pace.persistently(lambda: self.source.ask(table, days[0], days[-1]), retries)
            self._take(table, days, frame)
        except (UnreachableError, ChangedError) as reason:
            self.given_up.add(table.site if isinstance(reason, UnreachableError) else table.name)
            self.told.failures.append(Failure(table.name, table.site, days[0], days[-1], str(reason)))

    def _take(self, table: Table, days: list[dt.date], frame: pd.DataFrame | None) -> None:
        if table.span is Span.SERIES:
            if frame is None:
                raise ChangedError("sent no rows")
            self.folder.write(table, days[-1], frame)
            self.journal.note_series(table, self.clock.now())
            self.told.tables[table.name].written.append(days[-1])
            return
        parts = {} if frame is None else _by_day(table, days, frame)
        for day in days:
            if day in parts:
                self._keep(table, day, parts[day])
            elif not self._has(table, day):  # what is there is never taken away
                self._without(table, day)

    def _keep(self, table: Table, day: dt.date, frame: pd.DataFrame) -> None:
        self.folder.write(table, day, frame)
        if not self._has(table, day):
            insort(self.there[table.name], day)
        self.journal.note_figures(table, day)
        self.told.tables[table.name].written.append(day)
        self._settle(table)

    def _without(self, table: Table, day: dt.date) -> None:
        """A day without figures: a holiday, or not published yet; after many in a row the table is not believed."""
        known = self.there[table.name]
        before = known[bisect(known, day) - 1] if bisect(known, day) else self.days[0]
        silent = len(weekdays(max(before, self.days[0]), day))
        if silent > SILENCE:
            self.pending[table.name] = []
            raise ChangedError(f"sent no figures of {silent - 1} weekdays in a row, which no holiday explains")
        self.pending[table.name].append(day)
        self._settle(table)

    def _settle(self, table: Table) -> None:
        """Believe that days have no figures once a later day has some."""
        latest = max(self.there[table.name], default=dt.date.min)
        believed = [day for day in self.pending[table.name] if day < latest]
        if believed:
            self.pending[table.name] = [day for day in self.pending[table.name] if day > latest]
            self.journal.note_empty(table, believed, self.clock.now())
            self.journal.save()

    @contextmanager
    def accounted(self) -> Iterator[None]:
        """Whatever ends the fetch, write it into the journal, and say what is kept."""
        outcome = "interrupted"
        try:
            yield
            outcome = "failed" if self.told.failures else "done"
        except KeyboardInterrupt:
            raise KeyboardInterrupt(f"interrupted: {self.told.kept()}") from None
        except StorageError as reason:
            outcome = "failed"
            raise StorageError(f"{reason}; {self.told.kept()}") from reason
        finally:
            self._account(outcome)

    def _account(self, outcome: str) -> None:
        self.told.requests = self.pace.requests
        self.told.closed = [day for day in self.days if self.journal.closed(day)]
        for table in self.tables:
            report = self.told.tables[table.name]
            report.unpublished = sorted(self.pending[table.name])
            empty = self.journal.empty.get(table.name, {})
            report.gaps = [day for day in self.days if str(day) in empty and not self.journal.closed(day)]
        told = self.told.told()
        del told["closed_weekdays"]  # the journal has them already
        self.journal.note_command(
            began=self.began.isoformat(timespec="seconds"),
            ended=self.clock.now().isoformat(timespec="seconds"),
            outcome=outcome,
            pingcang=pingcang.__version__,
            akshare=self.source.version,
            **told,
        )
        try:
            self.journal.save()
        except StorageError:
            if outcome == "done":
                raise  # otherwise the reason for the end is the one to be told


def _by_day(table: Table, days: list[dt.date], frame: pd.DataFrame) -> dict[dt.date, pd.DataFrame]:
    """Cut an answer into days; figures of a day that was not asked for are a fault."""
    if SSE_DATE not in table.columns:
        return {days[0]: frame}
    parts = {}
    for text, part in frame.groupby(SSE_DATE, sort=True):
        try:
            day = dt.datetime.strptime(str(text), "%Y%m%d").date()
        except ValueError:
            raise ChangedError(f"column {SSE_DATE} has {text!r}, which is no date like 20250917") from None
        if not days[0] <= day <= days[-1]:
            raise ChangedError(f"sent the figures of {day} when asked for {days[0]} to {days[-1]}")
        if table.span is Span.YEAR and len(part) > 1:
            raise ChangedError(f"sent {len(part)} rows of {day}, where there is one a day")
        parts[day] = part
    return parts
