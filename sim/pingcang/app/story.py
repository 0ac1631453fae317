"""The story of one account: the run again with its audit, which gives the same numbers, told by `pingcang.trace`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from pingcang.app import words
from pingcang.app.play import Remembered
from pingcang.app.settings import Settings
from pingcang.cli.trace_show import told_line
from pingcang.cli.trace_words import dates_of, money, ratio_of
from pingcang.errors import ScenarioError
from pingcang.language import translated
from pingcang.montecarlo.simulate import simulate_run
from pingcang.trace import Trail, trace_account
from pingcang.trace.lines import account_lines, merged, without_trading

if TYPE_CHECKING:
    import pandas as pd

    from pingcang.trace.account import AccountStory

MOST_TRAILS = 3
"""Audits that are remembered; one of china_2025 takes about 100 MB."""
MOST_LINES = 25
SHOWN = 40


@dataclass(frozen=True)
class Story:
    """What the page tells of an account."""

    account: str
    head: str
    lines: list[tuple[str, str, str, str]]
    """date, event, maintenance ratio, what happened."""


def _money(amount: float) -> str:
    number, _, unit = money(amount).partition(" ")
    return f"{number} {translated(unit)}"


def _end(story: AccountStory) -> str:
    """State, calls and the lender's loss at the end."""
    calls = int(((story.events["event"] == "state") & (story.events["state_after"] == "CALLED")).sum())
    told = [translated(words.STATES[story.state])]
    if calls:
        told.append(translated(words.CALLS_AT_END).format(count=calls))
    if story.lender_loss:
        told.append(translated(words.LOSS_AT_END).format(amount=_money(story.lender_loss)))
    return translated(words.LISTED).join(told)


@dataclass(frozen=True)
class LiveTrail(Trail):
    """A trail whose tables lie in memory."""

    tables: dict[str, pa.Table]

    def _read(self, table: str, filters: tuple[tuple[str, str, Any], ...], columns: list[str] | None) -> pd.DataFrame:
        rows = self.tables[table]
        if filters:
            rows = rows.filter(pq.filters_to_expression(list(filters)))
        found: pd.DataFrame = _as_text(rows.select(columns) if columns else rows).to_pandas()
        return found


def _as_text(table: pa.Table) -> pa.Table:
    kinds = [pa.string() if pa.types.is_dictionary(field.type) else field.type for field in table.schema]
    return table.cast(pa.schema([(name, kind) for name, kind in zip(table.column_names, kinds, strict=True)]))


def audited(settings: Settings) -> LiveTrail:
    """Simulate the run of some settings with its audit."""
    loaded = settings.load()
    result = simulate_run(loaded, seed=settings.seed, run=0, record=("audit",))
    if result.audit is None or result.causes is None:
        raise ScenarioError(f"{settings.scenario}: left no audit; reload the page")
    dates = np.asarray(result.coordinates["date"]).astype("datetime64[D]")
    return LiveTrail(
        store=Path(settings.scenario),
        run=0,
        scenario=settings.scenario,
        scale=float(loaded.scenario.scale),
        seed=settings.seed,
        dates=tuple(date.item() for date in dates),
        cohorts=tuple(str(name) for name in result.coordinates["cohort"]),
        codes=tuple(str(code) for code in result.coordinates["stock"]),
        close=np.asarray(result.variables["close"]),
        status=np.asarray(result.variables["stock_status"]),
        index=np.asarray(result.variables["index"]),
        tables={"audit": pa.table({k: pa.array(v) for k, v in result.audit.items()}), "causes": result.causes},
    )


trails: Remembered[LiveTrail] = Remembered(audited, MOST_TRAILS)
"""Shared by all students."""


def story_of(settings: Settings, account: Any) -> Story:
    """The story of `retail:12`; ScenarioError for what is no account."""
    if not isinstance(account, str) or len(account) > SHOWN:
        raise ScenarioError(translated(words.NO_ACCOUNT).format(found=repr(account)[:SHOWN]))
    trail = trails(settings)
    story = trace_account(trail, account)
    lines = account_lines(story)
    if len(lines) > MOST_LINES:
        lines = merged(without_trading(lines), "forced order", "pre-emptive order")
    head = translated(words.STORY_HEAD).format(
        account=story.name,
        assets=_money(story.assets),
        owed=_money(story.liabilities),
        date=trail.dates[0],
        ratio=ratio_of(story.ratio) or translated(words.NO_DEBT),
        last=trail.dates[-1],
        end=_end(story),
    )
    told = [
        (dates_of(trail, line.first, line.last), translated(line.event), ratio_of(line.ratio), told_line(story, line))
        for line in lines[:MOST_LINES]
    ]
    return Story(story.name, head, told)
