"""Greenwood, Landier and Thesmar (2015): three banks by hand, drawn banks, and three accounts of the engine."""

from dataclasses import replace

import numpy as np
import pytest
from experiments.replications import greenwood_landier_thesmar as page
from experiments.replications.bank_sales import closed_form, drawn, one_by_one, three_banks
from experiments.replications.banks_in_the_engine import agreement


def test_three_banks_come_out_as_by_hand():
    rows = page.example_rows()
    assert len(rows) == 6
    assert [row.what for row in rows if not row.met] == []


def test_closed_form_equals_bank_by_bank_to_one_in_ten_billion():
    rows = page.draw_rows(20)
    assert len(rows) == 5
    assert [row.what for row in rows if not row.met] == []


def test_another_impact_of_one_asset_is_refused():
    """The band can tell: a millionth of one asset's impact is too much."""
    banks, shock = drawn(3)
    other = replace(banks, impact=banks.impact * (1.0 + 1e-6 * (np.arange(len(banks.impact)) == 0)))
    right, wrong = one_by_one(banks, shock).vulnerability, closed_form(other, shock).vulnerability
    assert abs(wrong / right - 1.0) > page.EXACT


def test_a_bank_without_debt_suffers_and_does_no_harm():
    banks, shock = three_banks()
    found = closed_form(banks, shock)
    assert found.systemicness[2] == 0.0
    assert found.indirect[2] > 0.0


def test_systemicness_is_what_a_bank_s_sales_alone_would_do():
    banks, shock = drawn(5, banks=6, assets=4)
    for n in range(6):
        alone = replace(banks, leverage=np.where(np.arange(6) == n, banks.leverage, 0.0))
        lost = closed_form(alone, shock).vulnerability * alone.equity.sum() / banks.equity.sum()
        assert closed_form(banks, shock).systemicness[n] == pytest.approx(lost, rel=1e-12)


def test_the_engine_is_the_closed_form_in_the_linear_limit():
    rows = page.engine_rows({fineness: agreement(fineness) for fineness in (10, page.JUDGED)})
    assert len(rows) == 6
    assert [row.what for row in rows if not row.met] == []


def test_far_from_the_limit_the_engine_is_not_accepted():
    assert agreement(1).off > 0.01


def test_the_figure_is_drawn():
    engine = {fineness: agreement(fineness) for fineness in (10, 100)}
    tables = {
        "engine": page._engine_table(engine),
        "example": page._example_table(),
        "systemicness": page._systemicness_table(),
    }
    assert len(page.draw(tables).axes) == 3
