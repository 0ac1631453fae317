"""The cap on brokers' forced sales as a share of turnover, worked by hand; every market runs in engine and reference.

The stock turns over 0.03 · 10,000,000 lots = 300,000 lots a day. Each account sells 325 lots to get from m = 1.2903
back to 1.50 (tests/golden/forced_liquidation.csv), or as many as are left.
"""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pingcang.agents.pacing import lots_allowed as lots_of_all_stocks
from pingcang.market.orders import FORCE, SELL
from pingcang.rules.liquidation_volume import lots_allowed
from twins.compare import run_together
from twins.written import busy, cohort, engine, holding, loaded, merged, quiet, stock

UNDER_THE_LINE = {"positions": [holding("deep", 1000, 620_000)]}


def market_of(cohorts, share=0.001, **changes):
    return quiet(
        [stock(price=8.0)],
        cohorts,
        **merged({"rules": {"liquidation_volume_share": share}, "calendar": {"sessions": 2, "days": 3}}, changes),
    )


def forced_lots(market):
    """Forced sales by day and cohort, lots of 800 yuan."""
    return (market.results()["forced_sales"] / 800).tolist()


def test_a_thousandth_of_300_000_lots_in_two_sessions_is_150_lots_a_session():
    assert [lots_allowed(0.001, 300_000.0, k, 2) for k in (0, 1)] == [150, 150]
    assert [lots_allowed(0.001, 2_500.0, k, 4) for k in range(4)] == [0, 1, 0, 1]  # 2.5 lots a day


@given(share=st.floats(1e-6, 1.0), turnover=st.floats(0.1, 1e9), sessions=st.integers(1, 64))
def test_the_sessions_of_a_day_add_up_to_the_days_whole_lots(share, turnover, sessions):
    parts = [lots_allowed(share, turnover, k, sessions) for k in range(sessions)]
    assert sum(parts) == int(share * turnover * sessions / sessions // 1)
    assert max(parts) - min(parts) <= 1
    vector = [lots_of_all_stocks(share, np.array([turnover]), k, sessions)[0] for k in range(sessions)]
    assert vector == parts


def test_all_brokers_together_sell_what_is_allowed_and_a_shadow_lender_what_he_wants():
    """Three accounts of two broker cohorts want 975 lots: 150 a session are 50 each, 300 a day. The shadow account
    (m = 1.1765 below its line of 1.20) is sold whole at once."""
    shadow = {"positions": [holding("deep", 1000, 680_000)], "close_out_line": 1.2}
    market = run_together(
        loaded(
            market_of(
                {
                    "retail": cohort(UNDER_THE_LINE, UNDER_THE_LINE),
                    "funded": cohort(UNDER_THE_LINE, kind="institution"),
                    "shadow": cohort(shadow, kind="shadow"),
                },
            )
        ),
        seed=4,
    )
    assert forced_lots(market) == [[0, 0, 0], [0, 0, 1000], [0, 0, 0], [200, 100, 0]]
    assert market.populations[0].book.lots[0].tolist() == [900, 900]


def test_what_is_not_ordered_is_not_left_unfilled_and_is_wanted_again():
    market = run_together(
        loaded(market_of({"retail": cohort(UNDER_THE_LINE)}, rules={"immediate_line": 1.3}, calendar={"days": 4})),
        seed=0,
    )
    assert forced_lots(market) == [[0], [150], [175], [0], [0]]  # 325 in all, from the second session of day 1
    assert market.results()["unfilled_forced"].sum() == 0
    assert market.populations[0][0].state == "NORMAL"


def test_orders_that_are_cut_to_nothing_do_no_harm():
    """Ninety-nine accounts, two lots a session: most orders are cut to 0 and the books still balance."""
    market = engine(market_of({"retail": cohort(*[UNDER_THE_LINE] * 99)}, share=2 / 150_000), record=("audit",))
    market.run()
    audit = market.audit()
    rows = (audit["reason"] == "forced") & (audit["day"] == 3)
    assert (audit["ordered_shares"][rows].sum(), (audit["ordered_shares"][rows] < 0).sum()) == (-400, 4)
    run_together(loaded(market_of({"retail": cohort(*[UNDER_THE_LINE] * 99)}, share=2 / 150_000)), seed=0, per_block=7)


def test_everybody_is_served_within_a_lot_of_his_share_and_nobody_is_favoured_for_ever():
    """Accounts that want 325, 650 and 975 lots share 150: 25, 50 and 75."""
    accounts = [{"positions": [holding("deep", 1000 * k, 620_000 * k)]} for k in (1, 2, 3)]
    first = set()
    for seed in range(12):
        market = engine(market_of({"retail": cohort(*accounts)}, share=0.00101), seed=seed)  # 151 or 152 a session
        while market.day < 2:
            market.step()
        market.open()
        market.decide(0)
        lots = market.populations[0].sheet.rows()["lots"].tolist()
        assert sum(lots) == 151
        assert all(abs(got - 151 * k / 6) < 1 for got, k in zip(lots, (1, 2, 3), strict=True))
        first.add(tuple(lots))
    assert len(first) > 1


@pytest.mark.parametrize(("per_block", "threads"), [(1, 1), (5, 2), (4096, 1), (7, 3)])
def test_the_cut_depends_on_neither_blocks_nor_threads(monkeypatch, per_block, threads):
    tree = merged(busy(), {"rules": {"liquidation_volume_share": 0.01}})
    one = engine(tree, seed=1)
    one.run()
    monkeypatch.setattr("pingcang.agents.accounts.ACCOUNTS_PER_BLOCK", per_block)
    other = engine(tree, seed=1, threads=threads)
    cut = 0
    while other.running:
        other.open()
        for session in range(other.today.impact.sessions):
            other.tape.session = session
            other.decide(session)
            cut += _at_the_cap(other, session)
            other.settle(other.clear(session))
            other.check()
        other.close()
    assert cut > 3
    for name, values in one.results().items():
        assert values.tobytes() == other.results()[name].tobytes(), name


def _at_the_cap(market, session):
    """Stocks in which brokers order what is allowed and no more; in none more."""
    total = np.zeros(len(market.listing), np.int64)
    for population in market.populations:
        if population.terms.official:
            rows = population.sheet.rows()
            forced = (rows["kind"] == FORCE) & (rows["side"] == SELL)
            np.add.at(total, rows["stock"][forced], rows["lots"][forced])
    allowed = lots_of_all_stocks(0.01, market.listing.turnover, session, market.today.impact.sessions)
    assert (total <= allowed).all()
    return int(((total == allowed) & (total > 0)).sum())


@pytest.mark.parametrize("scale", [1.0, 0.1])
def test_the_cap_is_the_same_share_of_turnover_at_every_scale(scale):
    """Fifty accounts, or five, of a market ten times or one time as large: the same forced sales at scale 1."""
    alike = {"size": [[0, 1], [1, 1]], "maintenance_ratio": [[0, 1.29], [1, 1.29]], "behaviour": {"activity": 0}}
    tree = market_of({"retail": {"kind": "retail", "accounts": 50, "debt": 3.1e7, "slots": 1, **alike}})
    market = engine(tree | {"scale": scale})
    market.run()
    assert market.results()["forced_sales"][3, 0] == 300 * 800
