"""Nobody can add state to the engine and forget it: every live attribute is kept, named with a reason, or refused."""

import re
from dataclasses import dataclass
from pathlib import Path

import mesa
import numpy as np
import pytest

from forks import RECORD, content, eve_on, finished, state_of
from pingcang.errors import ScenarioError
from pingcang.model import MarginMarket
from pingcang.montecarlo.fork import capture, restore
from pingcang.montecarlo.fork.inventory import MESA_AGENT, MESA_MODEL, NO_STATE, leaves, parts
from twins.written import busy, loaded

KERNEL_CLASSES = Path(__file__).parents[4] / "ext" / "pingcang" / "_core" / "book.pxd"
PARTS = {"stocks", "purses", "tape", "rest", "national_team", "funds", "populations", "recorder", "book"} | {
    "audit",
    "causes",
}
SET_BY_RESTORE = {"today", "running", "datacollector", "parts"}
MADE_ANEW = {"wanted", "sheet", "terms", "contract", "weights", "before", "moved", "lots", "value"}
"""What each day or session begins by writing."""


@pytest.fixture(scope="module")
def market():
    """A market in which everything has happened."""
    return finished(loaded(busy()), 5)


def new():
    return MarginMarket(loaded(busy()), seed=5, record=RECORD)


def kind(path):
    return path.partition(":")[0]


def test_every_agent_is_a_part(market):
    found = {id(part) for _, part in parts(market) if isinstance(part, mesa.Agent)}
    assert found == {id(agent) for agent in market.agents}


def test_the_names_that_are_no_state_are_no_longer_than_they_must_be(market):
    met = {name: set() for name in NO_STATE}
    for path, part in parts(market):
        met[kind(path)] |= set(vars(part)) if hasattr(part, "__dict__") else set(dir(part))
    assert {name: known - met[name] for name, known in NO_STATE.items() if known - met[name]} == {}


def test_what_is_called_fixed_never_changes_during_a_run():
    market = new()
    skipped = PARTS | SET_BY_RESTORE | MADE_ANEW | MESA_MODEL | MESA_AGENT | {"model", "market", "ledger"}
    fixed = [
        (f"{path}.{name}", part, name)
        for path, part in parts(market)
        for name in sorted(NO_STATE[kind(path)] - skipped)
    ]
    assert len(fixed) > 30
    before = {path: b"\0".join(content(getattr(part, name))) for path, part, name in fixed}
    market.run()
    changed = [path for path, part, name in fixed if b"\0".join(content(getattr(part, name))) != before[path]]
    assert changed == []


def test_most_of_what_is_kept_does_change_during_a_run(market):
    """So the test above can fail, and the fixture reaches what it must."""
    begun, over = state_of(new()), state_of(market)
    changed = {path for path in begun if begun[path] != over[path]}
    for path in (
        "stocks.transient",
        "stocks.suspended",
        "stocks.heat",
        "book:retail.state",
        "book:short_seller.frozen",
    ):
        assert path in changed
    assert {"tape.dmc_volatility", "rest.trend", "fund:0.owed", "audit.seen.0", "causes.reference"} <= changed


@pytest.mark.parametrize(
    ("where", "value"),
    [
        (lambda market: market, np.arange(3)),
        (lambda market: market.stocks, np.arange(4.0)),
        (lambda market: market.rest, {"a": 1, "b": np.ones(2)}),
        (lambda market: market.populations[0], [1.5, 2.5]),
        (lambda market: market.populations[0].book, np.int64(7)),
        (lambda market: market.national_team, True),
        (lambda market: market.purses, 2**80),
    ],
)
def test_a_new_attribute_that_is_data_is_kept_without_anybody_s_doing(where, value):
    first, second = new(), new()
    where(first).added = value
    where(second).added = {"a": 0, "b": np.zeros(2)} if isinstance(value, dict) else value * 0
    if isinstance(value, list):
        where(second).added = [0.0, 0.0]
    first.step()
    restore(second, capture(first, seed=5))
    assert repr(where(second).added) == repr(value)


@dataclass
class Strange:
    """Something with a state of its own."""

    memory: float = 0.0


@pytest.mark.parametrize(
    ("where", "path"),
    [
        (lambda market: market, "market"),
        (lambda market: market.stocks, "stocks"),
        (lambda market: market.funds[0], "fund:0"),
        (lambda market: market.populations[2], "cohort:short_seller"),
        (lambda market: market.populations[2].book, "book:short_seller"),
        (lambda market: market.recorder, "recorder"),
    ],
)
@pytest.mark.parametrize("value", [Strange(), [Strange()], {"a": Strange()}, "text", None, np.array([Strange()])])
def test_a_new_attribute_that_is_no_data_is_refused_by_name(where, path, value):
    market = new()
    where(market).added = value
    with pytest.raises(TypeError, match=re.escape(f"{path}.added") + ".* so a fork cannot keep it; make it one, or"):
        capture(market, seed=5)


def fields_of(kernel_class):
    """The names that a class of the kernels declares."""
    text = KERNEL_CLASSES.read_text(encoding="utf-8")
    body = re.search(rf"^cdef class {kernel_class}:\n((?:    .*\n)+)", text, re.M)[1]
    declared = re.findall(r"cdef (?:public |readonly )?\S+(?: ::1\]| :, ::1\])? ?(.*)", body)
    return {re.sub(r"^.*\] ?", "", name).strip() for line in declared for name in line.split(",")} - {":"}


def test_the_classes_of_the_kernels_hold_nothing_but_the_arrays_of_the_book_and_the_stocks(market):
    """A new field of a compiled class is seen here, since Python cannot look into it."""
    book, stocks = vars(market.populations[0].book), vars(market.stocks)
    ledger = {"accounts", "slots", "blocks", "block", "first_entity", "flows", "arrays"}
    assert fields_of("Ledger") - set(book) == ledger
    numbers = {"day", "session", "sessions", "return_today", "dmc_volatility"}
    assert fields_of("Tape") - set(stocks) == numbers | {"stocks", "keys", "lot_value"}
    assert {f"tape.{name}" for name in numbers} == {leaf.path for leaf in leaves(market) if "tape." in leaf.path}


def test_no_flow_waits_in_a_ledger_between_days():
    market = new()
    while market.running:
        market.step()
        assert all(not any(population.ledger.take_flows()) for population in market.populations)


def test_a_state_that_lacks_something_is_refused_by_name():
    state = eve_on(loaded(busy()), 2, 5)
    del state.arrays["stocks.heat"]
    with pytest.raises(ScenarioError, match=r"has no stocks\.heat; other code made it, so make it again"):
        restore(new(), state)


def test_a_value_that_does_not_fit_is_refused_by_name():
    state = eve_on(loaded(busy()), 2, 5)
    state.arrays["stocks.price"] = state.arrays["stocks.price"][:-1]
    with pytest.raises(ValueError, match=r"stocks.price: int32 .* instead of int32"):
        restore(new(), state)
