"""The scenario: what market, whose accounts, under which rules, hit by what, and where its numbers come from."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from pingcang.report.blocks import Block, Facts, Items, Section, Source, Table, Words
from pingcang.report.keys import STATUSES, different, flat, ready_made_of, shown, statuses
from pingcang.report.numbers import in_words
from pingcang.report.words import DASH, counted, listed, money, number, percent
from pingcang.results.metrics import official_balance
from pingcang.scenario.canonical import written_out

if TYPE_CHECKING:
    from pingcang.report.arm import Arm
    from pingcang.report.material import Material
    from pingcang.scenario.schema import Contract, Event, Scenario

TEXT = Source(("scenario_text",), "the scenario in the dataset's attributes")
LONGEST_NOTE = 400
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
    blocks.append(Words(f"{'Base: ' if material.compared else ''}{arm.told['scenario']}", "name"))
    if read is None:
        return Section("scenario", "The scenario and its sources", (*blocks, Words(UNREADABLE, "note")))
    if read.description:
        blocks.append(Words(read.description))
    blocks += [
        Facts(_market(arm, read)),
        *_cohorts(arm, read),
        _rules(read),
        *_events(read),
        *_sources(read),
        *_status(read),
    ]
    return Section("scenario", "The scenario and its sources", tuple(blocks))


def _between(material: Material) -> list[Block]:
    base, other = (arm.scenario for arm in material.arms)
    if base is None or other is None:
        return [Words(UNREADABLE, "note")]
    return _differing(different(base, other), "changes", "What the other arm changes", ("base", "other"))


def _differing(found: dict[str, tuple[str, str]], name: str, title: str, heads: tuple[str, str]) -> list[Block]:
    if not found:
        return [Words(f"{title}: nothing on which a number hangs.")]
    rows = pd.DataFrame([{"key": key, heads[0]: pair[0], heads[1]: pair[1]} for key, pair in found.items()])
    return [Table(name, title, in_words(rows, rows), TEXT)]


def _market(arm: Arm, read: Scenario) -> dict[str, str]:
    calendar, exchange = read.calendar, read.exchange
    cap = float(arm.dataset["float_cap_start"].values.mean())
    balance = float(np.median(official_balance(arm.dataset).values[:, 0]))
    limits = "daily price limits" if exchange.price_limits else "no price limits"
    return {
        "calendar": f"{calendar.days} trading days after {calendar.start}, {calendar.sessions} sessions a day",
        "stocks": _stocks(read),
        "float market value at the start": money(cap),
        "financing balance of brokers at the start": f"{money(balance)}, {percent(balance / cap, 2)} of it",
        "exchange": f"{'T+1' if exchange.t_plus_one else 'T+0'}, {limits}, lots of {exchange.lot_size} shares",
        "prices": "made by orders and news" if read.price_formation == "endogenous" else "replayed from a file",
        "share of the market simulated": f"{read.scale:g}",
    }


def _stocks(read: Scenario) -> str:
    listing = read.securities
    if listing.boards:
        total = sum(board.stocks for board in listing.boards.values())
        told = [f"{name} {board.stocks:,} (±{percent(board.price_limit, 0)})" for name, board in listing.boards.items()]
        marginable = sum(board.marginable for board in listing.boards.values())
        return f"{total:,}: {listed(told)}; {marginable:,} marginable"
    return f"{len(listing.stocks):,} written out" if listing.stocks else f"from {listing.csv}"


def _cohorts(arm: Arm, read: Scenario) -> list[Block]:
    if not read.cohorts:
        return [Words("There are no margin accounts.")]
    start = {
        name: float(np.median(values))
        for name, values in zip(arm.cohorts, arm.at("financing_balance", "start").T, strict=True)
    }
    rows = []
    for name, cohort in read.cohorts.items():
        rows.append(
            {
                "cohort": name,
                "kind": cohort.kind,
                "lender": "broker" if name in arm.official else "shadow lender",
                "accounts": _accounts(cohort),
                "debt at the start": money(start.get(name, float("nan"))),
                "close-out line": _term(cohort.contract, read, "close_out_line"),
                "call window": _term(cohort.contract, read, "call_window"),
                "initial margin": _term(cohort.contract, read, "initial_margin"),
            }
        )
    frame = pd.DataFrame(rows)
    return [
        Table(
            "cohorts",
            "Margin accounts",
            in_words(frame, frame),
            Source(("scenario_text", "financing_balance"), "debt: day 0, median"),
        )
    ]


def _accounts(cohort: object) -> str:
    drawn, written = getattr(cohort, "accounts", None), getattr(cohort, "explicit", None)
    return number(drawn, 0) if drawn is not None else f"{len(written)} written out" if written else "from a file"


def _term(contract: Contract, read: Scenario, key: str) -> str:
    """A term of the contract, else the exchange's rule."""
    own = getattr(contract, key, None)
    return _told(written_out(getattr(read.rules, key) if own is None else own))


def _told(value: Any) -> str:
    """A value of a rule: `0.5 of the loan`, `1.08 to 1.15` of a distribution, `1.3`."""
    if isinstance(value, dict) and value.keys() == {"value", "of"}:
        return f"{shown(value['value'])} of the {value['of']}"
    if isinstance(value, dict):
        return flat(value)
    if isinstance(value, list) and value and all(isinstance(row, list) for row in value):
        return f"{shown(value[0][-1])} to {shown(value[-1][-1])}"
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
        "rules", f"Margin rules at the start{named}; ratios are assets over liabilities", in_words(frame, frame), TEXT
    )


def _events(read: Scenario) -> list[Block]:
    if not read.events:
        return [Words("Nothing happens on a date: there is no news and no change of rules.")]
    rows = [
        {"date": str(event.date), "what happens": _cut(event.note), "what it changes": _deed(event)}
        for event in read.events
    ]
    frame = pd.DataFrame(rows)
    return [Table("events", "Dated events", in_words(frame, frame), TEXT)]


def _deed(event: Event) -> str:
    """What an event does, without what is as it always is."""
    told = []
    if event.news is not None:
        told.append(f"news {percent(event.news.value, 2, sign=True)}")
    if event.rescue is not None:
        told.append(f"rescue {money(event.rescue.budget)} a day")
    rest = event.model_dump(
        exclude_defaults=True, exclude={"date": True, "note": True, "news": {"value"}, "rescue": {"budget"}}
    )
    rest = {key: value for key, value in rest.items() if value != {}}
    return _cut("; ".join([*told, *([flat(rest)] if rest else [])])) or DASH


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST_NOTE else f"{text[:LONGEST_NOTE]} …"


def _sources(read: Scenario) -> list[Block]:
    return (
        [Words("Sources that the scenario names:"), Items(tuple(read.sources))]
        if read.sources
        else [Words("The scenario names no sources.")]
    )


def _status(read: Scenario) -> list[Block]:
    """What the comments in the file of a ready-made scenario say of its numbers; and what this run changed."""
    ready = ready_made_of(read.name)
    if ready is None:
        return [
            Words(
                (
                    "Which numbers are assumptions is said by comments in the scenario's file; a dataset does not hold "
                    "them."
                ),
                "note",
            )
        ]
    found = statuses(read.name)
    count = Counter(status for _, status, _ in found)
    told = listed([f"{count[status]} {_plural(status, count[status])}" for status in STATUSES if count[status]])
    rows = pd.DataFrame([{"key": key, "status": status, "comment": _cut(comment)} for key, status, comment in found])
    blocks: list[Block] = [
        Words(f"What is assumption: of the {counted(len(found), 'key')} of {read.name} with a comment, {told}."),
        Table(
            "status", "Where the numbers of the ready-made scenario come from", in_words(rows, rows), TEXT, folded=True
        ),
    ]
    return [
        *blocks,
        *_differing(
            different(ready, read), "changed", f"What these runs change in {read.name}", ("ready-made", "here")
        ),
    ]


def _plural(status: str, count: int) -> str:
    words = {
        "assumption": ("is an assumption", "are assumptions"),
        "fitted": ("is fitted to data of 2015", "are fitted to data of 2015"),
        "estimate": ("is an estimate", "are estimates"),
        "remembered": ("is remembered and unchecked", "are remembered and unchecked"),
        "source": ("has a source", "have a source"),
    }
    return words[status][count != 1]
