"""Brokers with lines of their own: who belongs to which, and that nothing else of the draw moves."""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pingcang.accounts.brokers import brokers_of
from pingcang.accounts.initial import draw_initial_state
from pingcang.model import MarginMarket
from twins.compare import run_together
from twins.written import busy, cohort, holding, loaded, merged, news, quiet, stock

THREE = {"count": 3, "close_out_line": [[0, 1.2], [1, 1.4]]}


def drawn(brokers, **more):
    contract = {} if brokers is None else {"brokers": brokers}
    retail = {"kind": "retail", "accounts": 4000, "debt": 4e8, "maintenance_ratio": [[0, 1.5], [1, 2.5]], "slots": 1}
    tree = quiet([stock()], {"retail": retail | {"contract": contract}}, rules={"immediate_line": 1.1})
    return draw_initial_state(loaded(merged(tree, more)), seed=4, run=0, scale=1.0)


def test_every_account_has_the_line_of_its_broker_and_brokers_have_as_many_lines():
    state = drawn(THREE)
    book = state.books["retail"]
    broker = brokers_of(book, 3, state.keys)
    lines = [set(book.own_line[broker == b].tolist()) for b in range(3)]
    assert [len(line) for line in lines] == [1, 1, 1] and len(set.union(*lines)) == 3
    assert all(12_000 <= line <= 14_000 for line in set.union(*lines))
    assert np.bincount(broker) == pytest.approx([4000 / 3] * 3, rel=0.1)


def test_a_broker_has_one_line_in_every_cohort():
    again = drawn(None).loaded.scenario.cohorts["retail"].model_dump(by_alias=True, exclude_none=True)
    again["contract"]["brokers"] = THREE
    state = drawn(THREE, cohorts={"funds": again | {"kind": "institution"}})
    lines = [set(state.books[name].own_line.tolist()) for name in ("retail", "funds")]
    assert lines[0] == lines[1]
    numbers = [brokers_of(state.books[name], 3, state.keys) for name in ("retail", "funds")]
    assert (numbers[0] != numbers[1]).any()  # but its clients are drawn cohort by cohort


def test_brokers_move_no_other_draw():
    one, other = (drawn(brokers).books["retail"] for brokers in (None, THREE))
    for column in ("cash", "stock", "lots", "loan", "reserved", "pending_loan", "pending_own"):
        assert np.array_equal(getattr(one, column), getattr(other, column)), column
    assert not one.own_line.any()


def test_an_accounts_own_line_comes_before_its_brokers():
    accounts = [{"cash": 1.0, "close_out_line": 1.15}, {"cash": 1.0}]
    tree = quiet([stock()], {"retail": cohort(*accounts, contract={"brokers": THREE | {"count": 1}})})
    lines = draw_initial_state(loaded(tree), seed=0, run=0, scale=1.0).books["retail"].own_line.tolist()
    assert lines[0] == 11_500
    assert 12_000 <= lines[1] <= 14_000


def test_accounts_of_a_book_have_brokers_too(tmp_path):
    """Where its table gives an account a line, that one holds."""
    tables = {
        "accounts": {"account": [1, 2], "cash": [5.0, 5.0], "close_out_line": [1.15, None]},
        "positions": {"account": [1], "stock": ["deep"], "shares": [100], "loan": [10.0]},
    }
    for name, rows in tables.items():
        pq.write_table(pa.table(rows), tmp_path / f"{name}.parquet")
    paths = {"from": str(tmp_path / "accounts.parquet"), "positions": str(tmp_path / "positions.parquet")}
    held = {"kind": "retail", **paths, "contract": {"brokers": THREE}}
    tree = quiet([stock()], {}) | {"cohorts": {"retail": held}}
    lines = draw_initial_state(loaded(tree), seed=0, run=0, scale=1.0).books["retail"].own_line.tolist()
    assert lines[0] == 11_500
    assert 12_000 <= lines[1] <= 14_000


def test_clients_of_a_stricter_broker_are_called_first():
    """Ratio 1.45 falls to 1.45/1.08 = 1.343: below the line of 1.4 of one broker, above 1.3 of the other."""
    account = {"positions": [holding("deep", 145, 100_000)]}
    brokers = {"count": 2, "close_out_line": [[0, 1.3], [0.5, 1.3], [0.5001, 1.4], [1, 1.4]]}
    tree = quiet(
        [stock()],
        {"retail": cohort(*[account] * 30, contract={"brokers": brokers})},
        calendar={"days": 1},
        impact={"news_at_open": 1.0},
        events=[news(1, -0.08)],
    )
    ended = next(made for made in (run_together(loaded(tree), seed=s) for s in range(20)) if len(_lines(made)) == 2)
    book = ended.populations[0].book
    assert book.state.tolist() == [1 if line == 14_000 else 0 for line in book.own_line.tolist()]


def _lines(market):
    return set(market.populations[0].book.own_line.tolist())


def test_brokers_with_the_common_line_change_nothing():
    base = busy()
    same = {"cohorts": {"retail": {"contract": {"brokers": {"count": 5, "close_out_line": [[0, 1.3], [1, 1.3]]}}}}}
    results = []
    for tree in (base, merged(base, same)):
        made = MarginMarket(loaded(tree), seed=5, record=("stocks",))
        made.run()
        results.append({name: values.tobytes() for name, values in made.results().items()})
    assert results[0] == results[1]
