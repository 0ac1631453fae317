"""An exported market is the market that was exported, and its twin agrees; order of positions and ids say nothing."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import yaml
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from own_books import own_book
from pingcang.errors import ScenarioError
from pingcang.model import MarginMarket
from pingcang.results.export_book import export_book
from pingcang.scenario import LoadedScenario, load_scenario, load_text
from twins.compare import run_together
from twins.markets import small_markets

SETTINGS = settings(
    derandomize=True,
    deadline=None,
    max_examples=60,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)
REFUSED = ("below 1", "without assets", "too large")
"""What written-out accounts may be and those of a table may not."""


def columns(market: MarginMarket) -> dict[str, np.ndarray]:
    """Every array of every book; the stock of a slot in which nothing stands says nothing."""
    found = {}
    for population in market.populations:
        book = population.book
        for name, value in vars(book).items():
            if isinstance(value, np.ndarray):
                found[f"{population.name}.{name}"] = value
        free = (book.lots == 0) & (book.loan == 0)
        found[f"{population.name}.stock"] = np.where(free, -1, book.stock)
    return found


def assert_same(one: MarginMarket, other: MarginMarket) -> None:
    """Books and records, to the bit."""
    left, right = columns(one), columns(other)
    assert list(left) == list(right)
    assert [name for name in left if not np.array_equal(left[name], right[name])] == []
    left, right = one.results(), other.results()
    assert [name for name in left if np.asarray(left[name]).tobytes() != np.asarray(right[name]).tobytes()] == []


def exported(loaded: LoadedScenario, folder: Path, seed: int) -> LoadedScenario:
    export_book(loaded, folder, seed=seed)
    return load_scenario(folder / "scenario.yaml")


def started(loaded: LoadedScenario, seed: int) -> MarginMarket | None:
    """None for a market that a table cannot hold."""
    try:
        return MarginMarket(loaded, seed=seed)
    except ScenarioError as refused:
        assert any(reason in str(refused) for reason in (*REFUSED, "float"))
        return None


@SETTINGS
@given(market=small_markets(), seed=st.integers(0, 2**64 - 1))
def test_an_exported_market_runs_as_the_one_that_was_exported(market: dict[str, Any], seed: int) -> None:
    assume(market["cohorts"])
    drawn = load_text(yaml.safe_dump(market))
    one = started(drawn, seed)
    assume(one is not None)
    with TemporaryDirectory() as folder:
        read = exported(drawn, Path(folder), seed)
        other = started(read, seed)
        assume(other is not None)
        assert one is not None and other is not None
        assert_same(one, other)
        one.run()
        other.run()
        assert_same(one, other)


@settings(SETTINGS, max_examples=25)
@given(market=small_markets(), seed=st.integers(0, 1000))
def test_the_order_of_positions_and_the_kind_of_ids_say_nothing(market: dict[str, Any], seed: int) -> None:
    assume(market["cohorts"])
    drawn = load_text(yaml.safe_dump(market))
    with TemporaryDirectory() as name:
        folder = Path(name)
        assume(started(drawn, seed) is not None)
        one = started(exported(drawn, folder, seed), seed)
        assume(one is not None)
        _renumber_and_shuffle(folder, seed)
        other = MarginMarket(load_scenario(folder / "scenario.yaml"), seed=seed)
        assert one is not None
        assert_same(one, other)


def _renumber_and_shuffle(folder: Path, seed: int) -> None:
    """Ids become numbers, positions stand in any order, money becomes floats; row groups are small."""
    accounts, positions = (pq.read_table(folder / f"{name}.parquet") for name in ("accounts", "positions"))
    order = np.random.default_rng(seed).permutation(len(accounts)) * 7 - 3
    owner = pc.index_in(positions["account"], value_set=accounts["account"]).to_numpy()
    accounts = accounts.set_column(0, "account", pa.array(order))
    positions = positions.set_column(0, "account", pa.array(order[owner] if len(owner) else order[:0]))
    positions = positions.take(pa.array(np.random.default_rng(seed).permutation(len(positions))))
    for name, table in (("accounts", accounts), ("positions", positions)):
        floats = [pa.field(f.name, pa.float64() if pa.types.is_decimal(f.type) else f.type) for f in table.schema]
        pq.write_table(table.cast(pa.schema(floats)), folder / f"{name}.parquet", row_group_size=7)


@st.composite
def real_books(draw: st.DrawFn) -> tuple[pa.Table, pa.Table]:
    """Accounts in every state that a table can tell; some are below water, the last two are not."""
    count = draw(st.integers(1, 8))
    accounts = [draw(real_account(i)) for i in range(count)]
    accounts += [{"account": count + k, "cohort": name, "cash": 1e4} for k, name in enumerate(("retail", "short"))]
    positions = [
        draw(real_position(i, stock))
        for i in range(count)
        for stock in draw(st.lists(st.sampled_from(sorted(PRICES)), unique=True, max_size=2))
    ]
    positions = [row for row in positions if row["shares"] or row["loan"]]
    return pa.Table.from_pylist(accounts, ACCOUNT_SCHEMA), pa.Table.from_pylist(positions, POSITION_SCHEMA)


PRICES = {"000001": 10.0, "600000": 5.2}
ACCOUNT_SCHEMA = pa.schema(
    [
        ("account", pa.int64()),
        ("cohort", pa.string()),
        *((name, pa.float64()) for name in ("cash", "interest", "close_out_line", "wanted_loan", "wanted_own")),
        ("call_state", pa.string()),
        ("days_left", pa.int32()),
    ]
)
POSITION_SCHEMA = pa.schema(
    [
        ("account", pa.int64()),
        ("stock", pa.string()),
        ("shares", pa.int64()),
        ("loan", pa.float64()),
        ("initial_margin", pa.float64()),
        ("opened", pa.date32()),
    ]
)


@st.composite
def real_account(draw: st.DrawFn, number: int) -> dict[str, Any]:
    state = draw(st.sampled_from([None, "normal", "called", "forced"]))
    return {
        "account": number,
        "cohort": draw(st.sampled_from(["retail", "short"])),
        "cash": draw(st.integers(0, 10**6)) / 100,
        "interest": draw(st.sampled_from([None, 0.01, 250.0])),
        "close_out_line": draw(st.sampled_from([None, 1.1, 1.45])),
        "wanted_loan": draw(st.sampled_from([None, 50_000.0])),
        "call_state": state,
        "days_left": draw(st.sampled_from([None, 1, 3])) if state == "called" else None,
    }


@st.composite
def real_position(draw: st.DrawFn, number: int, stock: str) -> dict[str, Any]:
    shares = draw(st.sampled_from([0, 1, 5, 20, -3])) * 100
    worth = abs(shares) * PRICES[stock]
    return {
        "account": number,
        "stock": stock,
        "shares": shares,
        "loan": round((worth or 100.0) * draw(st.integers(0, 1000)) / 1000, 2),
        "initial_margin": draw(st.sampled_from([None, 0.5, 0.8, 1.0])),
        "opened": draw(st.sampled_from([None, dt.date(2015, 1, 5), dt.date(2015, 6, 12)])),
    }


NEWS = [{"date": "2015-06-15", "news": {"value": -0.3}}, {"date": "2015-06-16", "news": {"value": -0.2}}]
LIVELY = {
    "activity": 0.5,
    "top_up_probability": 0.2,
    "withdrawal_share": 0.5,
    "preemptive_hazard": [[0.0, 0.9], [8.0, 0.0]],
}


@SETTINGS
@given(book=real_books(), seed=st.integers(0, 1000))
def test_the_twin_runs_on_a_real_book(book: tuple[pa.Table, pa.Table], seed: int) -> None:
    cohorts = {
        "on_error": "drop",  # accounts below water
        "retail": {"kind": "retail", "behaviour": LIVELY},
        "short": {"kind": "short_seller", "behaviour": LIVELY},
    }
    with TemporaryDirectory() as folder:
        calendar = {"start": "2015-06-12", "days": 5}
        path = own_book(Path(folder), *book, cohorts=cohorts, events=NEWS, calendar=calendar)
        run_together(load_scenario(path), seed=seed)
