"""Parts of the reading of a real book: exact money, accounts found by their ids, slots, vintages, states, memory."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
from decimal import ROUND_HALF_EVEN, Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from own_books import ACCOUNTS, POSITIONS, own_book
from pingcang.accounts.book import CALLED, FORCED, NORMAL, AccountBook
from pingcang.accounts.initial import draw_initial_state
from pingcang.accounts.own_book import cells
from pingcang.accounts.own_book.columns import ACCOUNTS as ACCOUNT_COLUMNS
from pingcang.accounts.own_book.columns import LARGEST_MONEY
from pingcang.accounts.own_book.columns import POSITIONS as POSITION_COLUMNS
from pingcang.accounts.own_book.draft import next_slots, share_up
from pingcang.accounts.own_book.matching import repeated
from pingcang.errors import ScenarioError
from pingcang.rules.initial_margin import reserved_for
from pingcang.scenario import load_scenario
from pingcang.scenario.schema import Stock


def books(path: Path, **overrides: Any) -> dict[str, AccountBook]:
    loaded = load_scenario(path, overrides=overrides)
    return draw_initial_state(loaded, seed=0, run=0, scale=1.0).books


# ---- money -----------------------------------------------------------------------------------------------------------

FEN = st.integers(-LARGEST_MONEY, LARGEST_MONEY)


@given(st.lists(FEN, min_size=1))
def test_money_with_two_decimals_is_read_to_the_fen_from_floats_and_decimals(fen: list[int]) -> None:
    for column in (
        pa.array([f / 100 for f in fen], pa.float64()),
        pa.array([Decimal(f) / 100 for f in fen], pa.decimal128(18, 2)),
        pa.array([Decimal(f) / 100 for f in fen], pa.decimal128(38, 10)),
    ):
        found = cells.money(column)
        assert found.value.tolist() == fen
        assert not found.broken.any() and not found.empty.any() and not found.too_large.any()


@given(st.lists(st.integers(-(10**17), 10**17), min_size=1))
def test_decimals_are_rounded_to_the_nearest_fen_half_to_even(ten_thousandths: list[int]) -> None:
    exact = [Decimal(number) / 10_000 for number in ten_thousandths]
    found = cells.money(pa.array(exact, pa.decimal128(20, 4)))
    fen = [amount.quantize(Decimal("0.01"), ROUND_HALF_EVEN) for amount in exact]
    assert found.value.tolist() == [int(amount * 100) for amount in fen]
    assert found.broken.tolist() == [amount != told for amount, told in zip(exact, fen, strict=True)]


@given(st.lists(st.integers(-(10**13), 10**13), min_size=1))
def test_whole_yuan_are_read(yuan: list[int]) -> None:
    for kind in (pa.int64(), pa.decimal128(15, 0)):
        assert cells.money(pa.array(yuan, kind)).value.tolist() == [100 * y for y in yuan]


@pytest.mark.parametrize(
    "column",
    [
        pa.array([1e13 + 1, -1e13 - 1, float("inf"), float("-inf"), 1e300]),
        pa.array([Decimal("10000000000000.01"), Decimal(10) ** 27], pa.decimal128(30, 2)),
        pa.array([10**13 + 1, 2**62, -(2**63)], pa.int64()),
        pa.array([10**13 + 1, 2**64 - 1], pa.uint64()),
    ],
)
def test_amounts_beyond_ten_trillion_are_too_large(column: Any) -> None:
    found = cells.money(column)
    assert found.too_large.all() and not found.value.any()


@pytest.mark.parametrize("kind", [pa.float64(), pa.int32(), pa.uint8(), pa.decimal128(12, 2), pa.decimal256(12, 2)])
def test_nothing_and_nan_are_empty(kind: Any) -> None:
    one = Decimal(1) if pa.types.is_decimal(kind) else 1
    column = pa.array([None, one, None], kind)
    assert cells.money(column).empty.tolist() == [True, False, True]
    assert cells.money(pa.array([float("nan"), 1.0])).empty.tolist() == [True, False]


def test_a_float_that_is_no_fen_is_told() -> None:
    found = cells.money(pa.array([0.1 + 0.2, 1e12 + 0.01, 1.005, 2.0049]))
    assert found.value.tolist() == [30, 100_000_000_000_001, 100, 200]
    assert found.broken.tolist() == [False, False, True, True]


def test_ratios_are_whole_basis_points() -> None:
    found = cells.ratio(pa.array([1.3, 0.8, 1.00005]))
    assert found.value.tolist()[:2] == [13_000, 8_000]
    assert found.broken.tolist() == [False, False, True]


# ---- slots and margins ----------------------------------------------------------------------------------------------


@given(st.lists(st.integers(0, 4), max_size=40), st.integers(0, 40))
def test_positions_take_the_next_slot_of_their_account_in_the_order_of_the_rows(owner: list[int], cut: int) -> None:
    held, seen, wanted = np.zeros(5, np.int32), [0] * 5, []
    for account in owner:
        wanted.append(seen[account])
        seen[account] += 1
    rows = np.array(owner, np.int32)
    found = [*next_slots(rows[:cut], held), *next_slots(rows[cut:], held)]
    assert found == wanted and held.tolist() == seen


@given(st.integers(0, LARGEST_MONEY), st.integers(1, 10_000_000))
def test_margins_are_reserved_as_for_written_out_accounts_without_leaving_64_bits(loan: int, ratio: int) -> None:
    wanted = reserved_for(loan, ratio)
    if wanted < 2**63:
        assert share_up(np.array([loan]), np.array([ratio]))[0] == wanted


@given(st.lists(st.integers(-2, 6), max_size=30))
def test_repeated_keys_stand_side_by_side(keys: list[int]) -> None:
    found = repeated(np.array(keys, np.int64)).tolist()
    wanted = [place for place, key in enumerate(keys) if key >= 0 and keys.count(key) > 1]
    assert sorted(found) == wanted and [keys[place] for place in found] == sorted(keys[place] for place in wanted)


def test_a_loan_keeps_the_margin_of_its_origination(tmp_path: Path) -> None:
    vintages = {**POSITIONS, "initial_margin": [0.8, None, None], "loan": [4000.0, 10_400.0, 60.0]}
    path = own_book(tmp_path, positions=vintages, rules={"initial_margin": {"value": 1.0}})
    book = books(path)["retail"]
    assert book.reserved[:2, 0].tolist() == [320_000, 6_000]
    assert books(path)["short"].reserved.sum() == 0


def test_residual_debt_keeps_a_slot_without_shares(tmp_path: Path) -> None:
    book = books(own_book(tmp_path, positions={**POSITIONS, "shares": [1000, -2000, 0], "loan": [0.0, 10_400.0, 60.0]}))
    assert book["retail"].debt.tolist() == [6_000, 0]
    assert book["retail"].lots[:, 0].tolist() == [10, 0, 0]


# ---- what accounts begin with ---------------------------------------------------------------------------------------


def test_accounts_begin_in_the_state_that_the_table_says(tmp_path: Path) -> None:
    accounts = {
        "account": list("abcdef"),
        "cohort": ["retail"] * 5 + ["short"],
        "cash": [10.0] * 6,
        "call_state": ["Called", "called", "forced", None, "normal", None],
        "days_left": pa.array([1, None, None, None, None, None], pa.int32()),
        "interest": [0.0, 1.25, 0.0, 0.0, 0.0, 2.0],
        "wanted_own": [5.0, 0.0, 5.0, 0.0, 5.0, 0.0],
    }
    found = books(own_book(tmp_path, accounts, {**POSITIONS, "account": ["a", "b", "a"], "shares": [1000, 2000, 300]}))
    book = found["retail"]
    assert book.state.tolist() == [CALLED, CALLED, FORCED, NORMAL, NORMAL]
    assert book.forced_on.tolist() == [1, 2, 0, 0, 0]  # the second has the whole window of the rules
    assert book.interest.tolist() == [0, 125, 0, 0, 0]
    assert book.pending_own.tolist() == [500, 0, 0, 0, 500]  # who is forced wants nothing
    assert (book.booked == book.cash + book.frozen - book.debt - book.interest).all()


def test_a_called_account_is_sold_from_the_day_that_is_left_to_it(tmp_path: Path) -> None:
    from pingcang.model import MarginMarket

    accounts = {**ACCOUNTS, "call_state": ["called", None, None], "days_left": pa.array([2, None, None], pa.int32())}
    positions = {**POSITIONS, "loan": [10_000.0, 10_400.0, 0.0]}
    market = MarginMarket(load_scenario(own_book(tmp_path, accounts, positions)))
    market.run()
    forced = market.results()["forced_sales"][:, 0]
    assert forced[:2].tolist() == [0, 0] and forced[2] > 0


def test_dates_before_the_start_are_calendar_days(tmp_path: Path) -> None:
    opened = pa.array([dt.date(2015, 6, 12), dt.date(2015, 6, 1), None], pa.date32())
    found = books(own_book(tmp_path, positions={**POSITIONS, "opened": opened}))
    assert found["retail"].opened[:, 0].tolist() == [0, 0, 0]
    assert found["short"].opened[:, 0].tolist() == [-11, 0, 0]


def test_a_line_that_the_table_does_not_give_is_drawn_from_the_contract(tmp_path: Path) -> None:
    contract = {"contract": {"close_out_line": [[0, 1.1], [1, 1.2]]}, "kind": "retail"}
    lines = {**ACCOUNTS, "close_out_line": [1.4, None, None]}
    own, drawn = books(own_book(tmp_path, lines, cohorts={"retail": contract}))["retail"].own_line.tolist()
    assert own == 14_000 and 11_000 <= drawn <= 12_000
    book = books(own_book(tmp_path, lines))["retail"]
    assert book.own_line.tolist() == [14_000, 0]


def test_ids_may_be_dictionaries_and_short_numbers(tmp_path: Path) -> None:
    usual = books(own_book(tmp_path))
    for make in (
        lambda column: pa.array(column).dictionary_encode(),
        lambda column: pa.array(map(ord, column), pa.uint8()),
    ):
        accounts = pa.table({**ACCOUNTS, "account": make(ACCOUNTS["account"])})
        positions = pa.table({**POSITIONS, "account": make(POSITIONS["account"])})
        for name, book in books(own_book(tmp_path, accounts, positions)).items():
            assert (book.loan == usual[name].loan).all() and (book.cash == usual[name].cash).all()


def test_one_table_a_cohort_needs_no_column_of_cohorts(tmp_path: Path) -> None:
    path = own_book(tmp_path)
    pq.write_table(pa.table({"account": [7], "cash": [1.0]}), tmp_path / "one.parquet")
    pq.write_table(pa.table({**POSITIONS, "account": [7, 7, 7]}).slice(0, 2), tmp_path / "held.parquet")
    told = yaml.safe_load(path.read_text())
    told["cohorts"]["alone"] = {"kind": "retail", "from": "one.parquet", "positions": "held.parquet"}
    path.write_text(yaml.safe_dump(told, sort_keys=False))
    found = books(path)
    assert list(found) == ["retail", "short", "alone"]
    assert found["alone"].lots[:, 0].tolist() == [10, -20, 0]


def test_accounts_without_positions_are_read(tmp_path: Path) -> None:
    found = books(own_book(tmp_path, positions=pa.table(POSITIONS).slice(0, 0)))
    assert [book.cash.tolist() for book in found.values()] == [[10_000, 550], [2_000_000]]


def test_a_cohort_holds_no_more_accounts_than_there_are_random_numbers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pingcang.accounts.own_book.build.ENTITIES_PER_COHORT", 1)
    with pytest.raises(ScenarioError, match="2 accounts of cohort retail, at most 1; divide them among cohorts"):
        books(own_book(tmp_path))


@settings(max_examples=10, deadline=None)
@given(st.integers(1, 9))
def test_batches_change_nothing(size: int) -> None:
    from tempfile import TemporaryDirectory

    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        path = own_book(Path(folder))
        usual = books(path)
        patch.setattr("pingcang.accounts.own_book.table.BATCH", size)
        patch.setattr("pingcang.accounts.own_book.worth.BLOCK", size)
        for name, book in books(path).items():
            assert (book.lots == usual[name].lots).all() and (book.loan == usual[name].loan).all()


# ---- memory ---------------------------------------------------------------------------------------------------------

BYTES_AN_ACCOUNT = 700
"""With 2.5 positions in 3 slots; the book that the engine works on takes about 180 of them. Measured: below 400."""
PEAK = """
import resource, sys
from pingcang.accounts.initial import draw_initial_state
from pingcang.scenario import load_scenario
draw_initial_state(load_scenario(sys.argv[1]), seed=0, run=0, scale=1.0)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024)
"""


def peak(folder: Path, accounts: int) -> int:
    """Peak memory of a process that reads so many accounts, bytes."""
    folder.mkdir()
    numbers = np.arange(accounts)
    owner = np.repeat(numbers, 2 + numbers % 2)
    order = np.random.default_rng(0).permutation(len(owner))
    stocks = pa.array([f"S{s:04d}" for s in range(1000)])
    loan, shares = np.full(len(owner), 500.0), np.full(len(owner), 100)
    names = pa.array(owner[order]).cast(pa.string())
    stock = stocks.take(pa.array((owner * 7 + np.arange(len(owner)))[order] % 1000))
    path = own_book(
        folder,
        pa.table({"account": pa.array(numbers).cast(pa.string()), "cash": np.full(accounts, 10.0)}),
        pa.table({"account": names, "stock": stock, "shares": shares, "loan": loan}),
        cohorts={"short": None},
    )
    rows = "".join(f"S{s:04d},10.00,1000000000,main,0\n" for s in range(1000))
    (folder / "stocks.csv").write_text(f"code,price,float_shares,board,st\n{rows}")
    told = subprocess.run([sys.executable, "-c", PEAK, str(path)], capture_output=True, text=True, check=True)
    return int(told.stdout)


def test_reading_takes_a_bounded_memory_an_account(tmp_path: Path) -> None:
    few, many = 50_000, 350_000
    growth = (peak(tmp_path / "many", many) - peak(tmp_path / "few", few)) / (many - few)
    assert growth < BYTES_AN_ACCOUNT


# ---- the page -------------------------------------------------------------------------------------------------------


def test_the_page_names_every_column() -> None:
    page = (Path(__file__).parents[3] / "docs" / "own_book.md").read_text(encoding="utf-8")
    for column in (*ACCOUNT_COLUMNS, *POSITION_COLUMNS):
        assert f"`{column.name}`" in page
    for field in Stock.model_fields:
        assert f"`{field}`" in page
