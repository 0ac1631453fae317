"""Draws of ranges: reproducible, of the distributions that are promised, each input for itself."""

import math
from pathlib import Path

import numpy as np
import pytest

from pingcang.errors import ScenarioError
from pingcang.leverage.thresholds import LIGHTS, load_thresholds
from pingcang.leverage.thresholds.uncertainty import influences, uncertainty

ELASTICITY, PEAK = "elasticity=[0, 0.4]", "then.peak_ratio=[0.039, 0.0427, 0.045]"
NO_RANGES = ["now.float_ratio=0.023", "then.peak_ratio=0.0427", "elasticity=0.2"]


def published(*changes):
    return load_thresholds("china_2025", settings=[*NO_RANGES, *changes])


def test_without_ranges_there_is_no_uncertainty():
    assert uncertainty(published()) is None


def test_the_same_seed_draws_the_same_and_another_does_not():
    found = load_thresholds("china_2025")
    first, again, other = (uncertainty(found, [2.4e12], draws=500, seed=seed) for seed in (3, 3, 4))
    assert first == again
    assert first.intervals["threshold_official"] != other.intervals["threshold_official"]


def test_two_numbers_are_drawn_uniformly():
    """α uniform on 0 to 0.4: the factor's quantiles are 1.7 to the quantiles of α."""
    low, middle, high = uncertainty(published(ELASTICITY), draws=40_000, seed=1).intervals["irf"]
    assert [low, middle, high] == pytest.approx([1.7**0.02, 1.7**0.2, 1.7**0.38], rel=0.003)


def test_three_numbers_are_drawn_from_a_triangle():
    """Of the triangle (a, c, b): P(x < c) = (c − a) / (b − a); 5 % at a + √(0.05 (b − a)(c − a))."""
    a, c, b = 0.039, 0.0427, 0.045
    found = uncertainty(published(PEAK), draws=40_000, seed=1)
    low, middle, high = np.array(found.intervals["equal_risk_balance"]) / (2.1e12 / 0.023)
    assert low == pytest.approx(a + math.sqrt(0.05 * (b - a) * (c - a)), rel=0.002)
    assert middle == pytest.approx(a + math.sqrt(0.5 * (b - a) * (c - a)), rel=0.002)
    assert high == pytest.approx(b - math.sqrt(0.05 * (b - a) * (b - c)), rel=0.002)


def test_what_hangs_on_no_range_has_no_width():
    assert len(set(uncertainty(published(ELASTICITY), draws=100).intervals["equal_risk_balance"])) == 1


def test_one_range_more_leaves_the_draws_of_the_others_in_place():
    alone, both = (
        uncertainty(published(*changes), draws=200, seed=5) for changes in ([ELASTICITY], [ELASTICITY, PEAK])
    )
    assert alone.intervals["irf"] == both.intervals["irf"]


def test_inputs_are_drawn_independently_of_each_other():
    from pingcang.leverage.thresholds.uncertainty import _drawn

    inputs = published(ELASTICITY, PEAK).inputs
    pair = [_drawn(path, inputs[path], 20_000, 0) for path in ("elasticity", "then.peak_ratio")]
    assert abs(np.corrcoef(pair)[0, 1]) < 0.03


def test_the_shares_of_the_lights_of_a_balance_add_up_to_one():
    found = uncertainty(load_thresholds("china_2025"), [2.14e12, 2.99e12, 9e12], draws=2_000)
    assert list(found.shares[2.14e12]) == list(LIGHTS)
    assert all(sum(shares.values()) == pytest.approx(1) for shares in found.shares.values())
    assert found.shares[2.14e12]["green"] > 0.3 < found.shares[2.14e12]["amber"]
    assert found.shares[2.99e12]["orange"] > 0.95
    assert found.shares[9e12]["red"] == 1


def test_ranges_so_wide_that_lines_cross_are_told():
    found = uncertainty(published("elasticity=[0, 0.2, 3]"), [2.4e12], draws=2_000)
    assert 0.05 < found.out_of_order < 0.9
    assert sum(found.shares[2.4e12].values()) == pytest.approx(1)
    assert uncertainty(load_thresholds("china_2025"), draws=2_000).out_of_order == 0


def test_one_input_at_a_time_the_elasticity_moves_the_official_line_most():
    found = influences(load_thresholds("china_2025").inputs)
    assert [each.input for each in found] == ["elasticity", "then.peak_ratio", "now.float_ratio"]
    unrounded = 2.1e12 / 0.023 * 0.0427 * 0.8 / 1.264
    assert found[0].low["threshold_official"] == pytest.approx(unrounded)
    assert found[0].high["threshold_official"] == pytest.approx(unrounded * 1.7**0.4)
    assert found[0].swing("equal_risk_balance") == 0
    assert found[2].high["equal_risk_balance"] < found[2].low["equal_risk_balance"]


@pytest.mark.parametrize("asked", [{"draws": 0}, {"draws": 10**9}, {"seed": -1}])
def test_draws_that_cannot_be_are_refused(asked):
    with pytest.raises(ScenarioError, match=r"draws must be 1 to"):
        uncertainty(load_thresholds("china_2025"), **asked)


def test_the_page_tells_the_intervals_that_the_command_computes():
    page = (Path(__file__).parents[3] / "docs" / "thresholds.md").read_text(encoding="utf-8")
    found = uncertainty(load_thresholds("china_2025"), [2.14e12])
    low, high = ({name: ends[end] / 1e12 for name, ends in found.intervals.items()} for end in (0, 2))
    for text in (
        "official threshold becomes {threshold_official:.2f} to",
        "broad one {threshold_broad:.2f} to",
        "3.9tn [{equal_risk_balance:.2f}, ",
    ):
        assert text.format(**low) in page
    assert f"to {high['threshold_official']:.2f}tn, the broad" in page
    assert f"to {high['threshold_broad']:.2f}tn. They" in page
    assert f"{high['equal_risk_balance']:.2f}] |" in page
    assert found.shares[2.14e12]["green"] == pytest.approx(0.5, abs=0.03)
