"""The two factors of the published chain, and the odds of a top-up."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pingcang.rules.interest_rate_factor import interest_rate_factor
from pingcang.rules.macro_prudential_discount import macro_prudential_discount
from pingcang.rules.top_up_odds import top_up_odds_factor, with_odds_times

PROBABILITIES = st.floats(0, 1)
FACTORS = st.floats(1e-80, 1e80)


# 80 % and 126.4 % of GDP, with hidden debt 93 % and 181.4 %; 5.1 % and 3.0 % with α = 0.20
def test_the_factors_are_the_published_ones_to_the_printed_digit():
    assert round(macro_prudential_discount(0.80, 1.264), 2) == 0.63
    assert round(macro_prudential_discount(0.93, 1.814), 2) == 0.51
    assert round(interest_rate_factor(0.051, 0.030, 0.20), 3) == 1.112


def test_a_gap_multiplies_the_odds():
    """One in five topped up are odds of 1/4; 2.9 points more gap at elasticity 10 make them 1/4 · e^0.29."""
    factor = top_up_odds_factor(-0.061, -0.032, 10)
    assert factor == pytest.approx(math.exp(0.29))
    probability = with_odds_times(0.2, factor)
    assert probability / (1 - probability) == pytest.approx(0.25 * math.exp(0.29))


def test_without_a_change_of_the_gap_the_factor_is_1():
    assert top_up_odds_factor(-0.061, -0.061, 37.5) == 1.0


@given(PROBABILITIES)
def test_a_factor_of_1_leaves_every_bit(probability):
    assert with_odds_times(probability, 1.0).hex() == probability.hex()


@given(PROBABILITIES, FACTORS)
def test_a_probability_stays_one_and_moves_with_the_factor(probability, factor):
    moved = with_odds_times(probability, factor)
    assert 0 <= moved <= 1
    assert moved >= probability * (1 - 1e-12) if factor > 1 else moved <= probability * (1 + 1e-12)


@pytest.mark.parametrize("factor", [math.exp(-200), 0.5, 2.0, math.exp(200)])
def test_what_is_certain_stays_certain_at_any_gap(factor):
    assert with_odds_times(0.0, factor) == 0.0
    assert with_odds_times(1.0, factor) == 1.0


@given(st.floats(0.001, 0.999), st.floats(0.01, 100))
def test_a_gap_that_moves_there_and_back_leaves_the_probability(probability, factor):
    assert with_odds_times(with_odds_times(probability, factor), 1 / factor) == pytest.approx(probability, rel=1e-9)
