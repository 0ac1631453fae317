"""The scenario: what market, whose accounts, under which rules, hit by what, and where its numbers come from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from pingcang.language import translated
from pingcang.market.macro_notes import factors_in_words
from pingcang.report.blocks import Block, Facts, Items, Section, Source, Table, Words
from pingcang.report.keys import different, flat, shown
from pingcang.report.numbers import in_words
from pingcang.report.sections.status import TEXT, cut, differing, status
from pingcang.report.words import DASH, listed, money, number, percent
from pingcang.results.metrics import official_balance
from pingcang.scenario.canonical import written_out

if TYPE_CHECKING:
    from pingcang.report.arm import Arm
    from pingcang.report.material import Material
    from pingcang.scenario.schema import Contract, Event, Scenario

TERMS = {"close_out_line": "close-out line", "call_window": "call window", "initial_margin": "initial margin"}
UNREADABLE = (
    "The text of the scenario stands below, but this version of pingcang cannot read it: its parts cannot be shown as "
    "tables."
)


def scenario(material: Material) -> Section:
    """One scenario; of two, what differs first and then the base."""
    arm, blocks = material.base, list[Block]()
    if material.compared:
        blocks += _between(material)
    read = arm.scenario
    blocks.append(Words(f"{(translated('Base: ') if material.compared else '')}{arm.told['scenario']}", "name"))
    if read is None:
        return Section("scenario", translated("The scenario and its sources"), (*blocks, Words(UNREADABLE, "note")))
    if read.description:
        blocks.append(Words(read.description))
    blocks += [
        Facts(_market(arm, read)),
        *_cohorts(arm, read),
        _rules(read),
        *_events(read),
        *_sources(read),
        *status(read),
    ]
    return Section("scenario", translated("The scenario and its sources"), tuple(blocks))


def _between(material: Material) -> list[Block]:
    base, other = (arm.scenario for arm in material.arms)
    if base is None or other is None:
        return [Words(UNREADABLE, "note")]
    return differing(different(base, other), "changes", translated("What the other arm changes"), ("base", "other"))


def _market(arm: Arm, read: Scenario) -> dict[str, str]:
    calendar, exchange = read.calendar, read.exchange
    cap = float(arm.dataset["float_cap_start"].values.mean())
    balance = float(np.median(official_balance(arm.dataset).values[:, 0]))
    limits = translated("daily price limits") if exchange.price_limits else translated("no price limits")
    return {
        "calendar": translated("{days} trading days after {start}, {sessions} sessions a day").format(
            days=calendar.days, start=calendar.start, sessions=calendar.sessions
        ),
        "stocks": _stocks(read),
        "float market value at the start": money(cap),
        "financing balance of brokers at the start": translated("{balance}, {cap} of it").format(
            balance=money(balance), cap=percent(balance / cap, 2)
        ),
        "exchange": translated("{word}, {limits}, lots of {lot_size} shares").format(
            word="T+1" if exchange.t_plus_one else "T+0", limits=limits, lot_size=exchange.lot_size
        ),
        "prices": translated("made by orders and news")
        if read.price_formation == "endogenous"
        else translated("replayed from a file"),
        **({} if read.macro is None else {"economy around it": factors_in_words(read.macro)}),
        "share of the market simulated": f"{read.scale:g}",
    }


def _stocks(read: Scenario) -> str:
    listing = read.securities
    if listing.boards:
        total = sum(board.stocks for board in listing.boards.values())
        told = [f"{name} {board.stocks:,} (±{percent(board.price_limit, 0)})" for name, board in listing.boards.items()]
        named = sum(board.marginable for board in listing.boards.values())
        marginable = named if read.rules.marginable_stocks is None else read.rules.marginable_stocks
        return translated("{total:,}: {told}; {marginable:,} marginable").format(
            total=total, told=listed(told), marginable=marginable
        )
    return (
        translated("{count:,} written out").format(count=len(listing.stocks))
        if listing.stocks
        else translated("from {csv}").format(csv=listing.csv)
    )


def _cohorts(arm: Arm, read: Scenario) -> list[Block]:
    if not read.cohorts:
        return [Words(translated("There are no margin accounts."))]
    start = {
        name: float(np.median(values))
        for name, values in zip(arm.cohorts, arm.at("financing_balance", "start").T, strict=True)
    }
    rows = [
        {
            "cohort": name,
            "kind": cohort.kind,
            "lender": "broker" if name in arm.official else translated("shadow lender"),
            "accounts": _accounts(cohort),
            "debt at the start": money(start.get(name, float("nan"))),
            **{what: _term(cohort.contract, read, key) for key, what in TERMS.items()},
        }
        for name, cohort in read.cohorts.items()
    ]
    frame = pd.DataFrame(rows)
    source = Source(("scenario_text", "financing_balance"), translated("debt: day 0, median of the runs"))
    return [Table("cohorts", translated("Margin accounts"), in_words(frame, frame), source)]


def _accounts(cohort: object) -> str:
    drawn, written = getattr(cohort, "accounts", None), getattr(cohort, "explicit", None)
    return (
        number(drawn, 0)
        if drawn is not None
        else translated("{count} written out").format(count=len(written))
        if written
        else translated("from a file")
    )


def _term(contract: Contract, read: Scenario, key: str) -> str:
    """A term of the contract, else the exchange's rule."""
    own = getattr(contract, key, None)
    return _told(written_out(getattr(read.rules, key) if own is None else own))


def _told(value: Any) -> str:
    """A value of a rule: `0.5 of the loan`, `1.08 to 1.15` of a distribution, `1.3`."""
    if isinstance(value, dict) and value.keys() == {"value", "of"}:
        return translated("{shown} of the {of}").format(shown=shown(value["value"]), of=translated(value["of"]))
    if isinstance(value, dict):
        return flat(value)
    if isinstance(value, list) and value and all(isinstance(row, list) for row in value):
        return translated("{shown} to {shown_2}").format(shown=shown(value[0][-1]), shown_2=shown(value[-1][-1]))
    return shown(value)


def _rules(read: Scenario) -> Table:
    rows = [
        {"rule": key.replace("_", " "), "value": _told(value)}
        for key, value in written_out(read.rules).items()
        if key != "name"
    ]
    frame = pd.DataFrame(rows)
    named = f" ({read.rules.name})" if read.rules.name else ""
    return Table(
        "rules",
        translated("Margin rules at the start{named}; ratios are assets over liabilities").format(named=named),
        in_words(frame, frame),
        TEXT,
    )


def _events(read: Scenario) -> list[Block]:
    if not read.events:
        return [Words(translated("Nothing happens on a date: there is no news and no change of rules."))]
    rows = [
        {"date": str(event.date), "what happens": cut(event.note), "what it changes": _deed(event)}
        for event in read.events
    ]
    frame = pd.DataFrame(rows)
    return [Table("events", translated("Dated events"), in_words(frame, frame), TEXT)]


def _deed(event: Event) -> str:
    """What an event does, without what is as it always is."""
    told = []
    if event.news is not None:
        told.append(translated("news {percent}").format(percent=percent(event.news.value, 2, sign=True)))
    if event.rescue is not None:
        told.append(translated("rescue {budget} a day").format(budget=money(event.rescue.budget)))
    rest = event.model_dump(
        exclude_defaults=True, exclude={"date": True, "note": True, "news": {"value"}, "rescue": {"budget"}}
    )
    rest = {key: value for key, value in rest.items() if value != {}}
    return cut("; ".join([*told, *([flat(rest)] if rest else [])])) or DASH


def _sources(read: Scenario) -> list[Block]:
    if not read.sources:
        return [Words(translated("The scenario names no sources."))]
    return [Words(translated("Sources that the scenario names:")), Items(tuple(read.sources))]
