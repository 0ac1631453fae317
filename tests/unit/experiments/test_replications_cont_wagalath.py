"""Cont and Wagalath (2013), as published but shorter: 4,000 paths; the bands are those of the page."""

from dataclasses import replace

import numpy as np
import pytest
from experiments.common.style import drawing
from experiments.replications.cont_wagalath import (
    ACCEPTED,
    correlation_rows,
    covariance_rows,
    draw,
    engine_rows,
    engine_table,
    errors,
    sampled,
)
from experiments.replications.distressed_selling import STEPS, Distress, correlation, formula, realised, simulate
from experiments.replications.redeemed_fund import answers, feedback

MARKET = Distress()


@pytest.fixture(scope="module")
def sample():
    return sampled(MARKET, 4000, 1, seed=7)


@pytest.fixture(scope="module")
def engine():
    return engine_table(MARKET)


def test_every_covariance_is_within_two_percent_of_the_formula(sample):
    rows = covariance_rows(sample)
    assert len(rows) == 6
    assert [row.what for row in rows if not row.met] == []


def test_correlation_doubles_in_distress_and_stays_what_it_was_without(sample):
    assert [row.what for row in correlation_rows(MARKET, sample) if not row.met] == []


def test_a_formula_with_another_slope_is_refused(sample):
    other = replace(MARKET, slope=3.0)
    run = simulate(MARKET, 200, seed=8)
    expected = formula(other, run.prices, run.value).mean(axis=(0, 1))
    wrong = replace(sample, expected=np.broadcast_to(expected, sample.expected.shape))
    assert not all(row.met for row in covariance_rows(wrong))


def test_without_distress_the_covariance_is_that_of_fundamentals():
    calm = replace(MARKET, slope=0.0)
    run = simulate(calm, 50, seed=1)
    assert formula(calm, run.prices, run.value)[3, 4] == pytest.approx(MARKET.covariance(), rel=1e-12)
    assert correlation(MARKET.covariance())[0, 1] == pytest.approx(0.1)
    assert realised(run.returns).mean(axis=0) == pytest.approx(MARKET.covariance(), rel=0.1, abs=0.01)
    assert len(run.returns) == STEPS


def test_the_engine_s_fund_answers_as_the_formula_in_its_linear_limit(engine):
    rows = engine_rows(engine)
    assert len(rows) == 8
    assert [row.what for row in rows if not row.met] == []


def test_the_engine_nears_the_formula_as_the_fall_shrinks():
    exact = np.eye(3) + np.outer(MARKET.slope / np.array(MARKET.depth), np.ones(3) / 3)
    off = [np.abs(answers(MARKET, fall, rounds=1).one_round - exact).max() for fall in (0.04, 0.004)]
    assert off[1] < off[0] / 5
    assert off[1] < 0.002


def test_the_engine_s_redemptions_answer_to_the_fund_s_own_sales_too(engine):
    """A fund that answered to fundamentals alone would be done after one round: the band of 2 % tells the two apart."""
    all_rounds, one = (engine[engine["rounds"] == rounds]["engine"].to_numpy() for rounds in ("all", "one"))
    assert feedback(MARKET) == pytest.approx(0.3926, abs=1e-4)
    assert ((all_rounds / one - 1.0) > ACCEPTED).all()


def test_the_figure_is_drawn(sample, engine):
    with drawing():
        figure = draw({"by_value": sample.by_value, "errors": errors(sample), "engine": engine}, MARKET)
    assert len(figure.axes) == 2
