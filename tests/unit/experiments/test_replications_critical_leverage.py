"""Critical leverage under square-root impact: formula, slices, and the engine's account, to the bands of the page."""

import pandas as pd
import pytest
from experiments.replications import critical_leverage as page
from experiments.replications.sold_out import (
    VALUE,
    critical_by_engine,
    critical_by_formula,
    lender_loses,
    sold_out,
)
from experiments.replications.square_root_sale import critical_by_slices, critical_leverage, sold_in_slices

IMPACTS = [0.05, 0.1, 0.2, 0.3]


def test_a_sale_in_slices_has_the_critical_leverage_of_the_formula():
    rows = page.slice_rows()
    assert [row.target for row in rows] == ["30.000", "15.000", "7.500", "5.000"]
    assert [row.what for row in rows if not row.met] == []


def test_leverage_on_the_way_rises_first_as_the_formula_says():
    assert [row.what for row in page.path_rows() if not row.met] == []


def test_the_lines_of_the_exchange_are_critical_at_impacts_of_35_and_43_percent():
    rows = page.line_rows()
    assert [row.got for row in rows] == ["4.33", "0.346", "3.50", "0.429"]
    assert all(row.met for row in rows)


@pytest.mark.parametrize("impact", IMPACTS)
def test_few_slices_are_not_near_enough(impact):
    """Ten slices miss the band of the page at small impact, where it is narrowest."""
    off = abs(critical_by_slices(impact, slices=10) / critical_leverage(impact) - 1.0)
    assert off > abs(critical_by_slices(impact) / critical_leverage(impact) - 1.0)
    assert off > 0.0005


def test_equity_is_exhausted_just_above_and_not_just_below():
    assert sold_in_slices(15.05, 0.1)[0].min() < 0.0 < sold_in_slices(14.95, 0.1)[0].min()


@pytest.mark.parametrize("sessions", [1, 16])
@pytest.mark.parametrize("impact", [0.05, 0.3])
def test_the_engine_s_account_has_the_critical_leverage_of_its_own_curve(impact, sessions):
    found = critical_by_engine(impact, sessions, bisections=12)
    assert found == pytest.approx(critical_by_formula(impact, sessions), rel=1e-3)


def test_the_engine_nears_three_over_twice_the_impact_from_below():
    """By sessions, and by smaller impact; what is left at 64 sessions and I = 0.05 is 2.3 %."""
    off = {
        (impact, sessions): 1.0 - critical_by_formula(impact, sessions) / critical_leverage(impact)
        for impact in IMPACTS
        for sessions in (4, 64, 10_000)
    }
    for impact in IMPACTS:
        assert off[impact, 4] > off[impact, 64] > off[impact, 10_000] > 0.0
        assert off[impact, 10_000] == pytest.approx(impact / 4, rel=0.1)
    assert off[0.05, 64] == pytest.approx(0.0233, abs=0.0005)


def test_the_engine_s_rows_meet_their_bands():
    engine = pd.DataFrame({"impact": [0.05], "sessions": [page.FINEST]})
    engine["critical_leverage"] = [critical_by_engine(0.05, page.FINEST)]
    engine["formula"] = [critical_by_formula(0.05, page.FINEST)]
    rows = [*page.engine_rows(engine), *page.engine_line_rows()]
    assert [row.what for row in rows if not row.met] == []
    assert len(rows) == 4
    assert page.draw(engine).axes


def test_the_lender_loses_exactly_what_proceeds_leave_unpaid():
    """I = 0.1 in one session: 90 % comes in, so that above leverage 10 the lender loses 1 − 1/λ − 0.9 of the value."""
    assert not lender_loses(9.99, 0.1, 1)
    market = sold_out(12.5, 0.1, 1)
    assert market.purses.lender_loss / 100 == pytest.approx((0.92 - 0.9) * VALUE, rel=1e-4)
    assert market.populations[0].book.lots.sum() == 0
