"""Known answers: Ishigami and Homma (1990), f = sin x1 + a sin² x2 + b x3⁴ sin x1 on (−π, π)³ with a = 7, b = 0.1."""

import numpy as np
import pytest

from pingcang.study.design import Axis, morris_design, sobol_design
from pingcang.study.indices import IncompleteDesignError, Share, doubts, morris_effects, sobol_shares
from pingcang.study.sensitivity import chosen, decompose, screen

A, B = 7.0, 0.1
ISHIGAMI = tuple(Axis(name, -np.pi, np.pi, (name,)) for name in ("x1", "x2", "x3"))
# Variance and its parts in closed form, Saltelli et al. (2008), Global Sensitivity Analysis: The Primer, sec. 4.
V1, V2, V13 = (1 + B * np.pi**4 / 5) ** 2 / 2, A**2 / 8, B**2 * np.pi**8 * 8 / 225
VARIANCE = V1 + V2 + V13
FIRST = [V1 / VARIANCE, V2 / VARIANCE, 0.0]
TOTAL = [(V1 + V13) / VARIANCE, V2 / VARIANCE, V13 / VARIANCE]


def ishigami(design):
    x1, x2, x3 = np.array([list(design.values(point).values()) for point in range(len(design))]).T
    return {"f": np.sin(x1) + A * np.sin(x2) ** 2 + B * x3**4 * np.sin(x1)}


def linear(coefficients):
    def evaluate(design):
        values = np.array([list(design.values(point).values()) for point in range(len(design))])
        return {"f": values @ np.array(coefficients)}

    return evaluate


def axes(*ranges):
    return tuple(Axis(f"p{number}", low, high, (f"p{number}",)) for number, (low, high) in enumerate(ranges))


def test_closed_form_is_the_published_one():
    assert pytest.approx([0.3139, 0.4424, 0.0], abs=5e-5) == FIRST
    assert pytest.approx([0.5576, 0.4424, 0.2437], abs=5e-5) == TOTAL


def test_sobol_finds_the_indices_of_ishigami():
    found = decompose(ISHIGAMI, ishigami, samples=4096, seed=1).shares["f"]
    # 0.03: the estimators' own 95 % half-width at 4,096 samples is 0.01 to 0.06 for this function
    assert [each.first for each in found] == pytest.approx(FIRST, abs=0.03)
    assert [each.total for each in found] == pytest.approx(TOTAL, abs=0.03)
    for each, first, total in zip(found, FIRST, TOTAL, strict=True):
        assert each.first_interval[0] <= first <= each.first_interval[1]
        assert each.total_interval[0] <= total <= each.total_interval[1]


def test_morris_of_a_linear_function_is_coefficient_times_range():
    found = screen(axes((0, 2), (-1, 1), (5, 6)), linear([3.0, -1.5, 0.0]), trajectories=8, levels=4, seed=3).effects[
        "f"
    ]
    assert [each.mu_star for each in found] == pytest.approx([6.0, 3.0, 0.0], abs=1e-8)
    assert [each.mu for each in found] == pytest.approx([6.0, -3.0, 0.0], abs=1e-8)
    assert [each.sigma for each in found] == pytest.approx([0.0, 0.0, 0.0], abs=1e-8)
    assert [each.matters for each in found] == [True, True, False]


def test_morris_tells_interaction_from_a_straight_line():
    found = screen(ISHIGAMI, ishigami, trajectories=40, levels=6, seed=3).effects["f"]
    assert all(each.sigma > 0.5 * each.mu_star for each in found)


def test_an_effect_on_a_log_scale_is_over_the_whole_range_of_the_logarithm():
    axis = (Axis("p", 0.01, 100.0, ("p",), log=True),)
    found = screen(
        axis,
        lambda design: {"f": np.array([np.log10(design.values(point)["p"]) for point in range(len(design))])},
        trajectories=4,
        levels=4,
        seed=0,
    )
    assert found.effects["f"][0].mu_star == pytest.approx(4.0, abs=1e-6)  # values are rounded to 9 digits


def test_the_screening_chooses_what_is_surely_above_zero_or_the_largest():
    found = screen(axes((0, 1), (0, 1), (0, 1)), linear([1.0, 0.0, 5.0]), trajectories=6, levels=4, seed=0)
    assert chosen(found, None)[0] == ["p0", "p2"]
    assert chosen(found, 1)[0] == ["p2"]
    assert chosen(found, 3)[0] == ["p0", "p1", "p2"]


@pytest.mark.parametrize("method", ["morris", "sobol"])
def test_a_design_with_a_hole_has_no_indices(method):
    design, analyse = both(method)
    output = ishigami(design)["f"]
    output[7] = np.nan
    with pytest.raises(IncompleteDesignError, match="points 7 have no finite output; no indices"):
        analyse(design, output, seed=0)
    with pytest.raises(IncompleteDesignError, match="a design is analysed whole"):
        analyse(design, output[:-5], seed=0)


@pytest.mark.parametrize("method", ["morris", "sobol"])
@pytest.mark.parametrize("seed", [0, 5])
def test_the_same_seed_gives_the_same_points_and_intervals(method, seed):
    """SALib takes a seed of 0 for none."""
    (first, analyse), (again, _) = both(method, seed), both(method, seed)
    assert np.array_equal(first.unit, again.unit)
    output = ishigami(first)["f"]
    assert analyse(first, output, seed=seed) == analyse(first, output, seed=seed)


@pytest.mark.parametrize("method", ["morris", "sobol"])
def test_rows_that_change_places_give_other_indices_so_order_must_be_kept(method):
    design, analyse = both(method)
    output = ishigami(design)["f"]
    shuffled = np.random.default_rng(0).permutation(output)
    assert analyse(design, output, seed=1) != analyse(design, shuffled, seed=1)


def test_an_output_that_never_varies_has_no_shares():
    design = sobol_design(ISHIGAMI, samples=8, seed=0)
    found = sobol_shares(design, np.full(len(design), 3.0), seed=0)
    assert all(np.isnan(each.total) for each in found)
    assert doubts(found) == ["the output is the same at every point, so there is no variance to share out"]


def test_wide_intervals_and_impossible_shares_are_told():
    rows = [
        Share("a", 0.5, (0.3, 0.7), 0.6, (0.55, 0.65)),
        Share("b", -0.2, (-0.25, -0.15), 0.3, (0.28, 0.32)),
        Share("c", -0.01, (-0.05, 0.03), 0.0, (0.0, 0.0)),
    ]
    assert [text.split(";")[0] for text in doubts(rows)] == [
        "S1 of a is 0.50 ± 0.20, too wide to rank",
        "S1 of b is -0.200, below 0 beyond its interval",
    ]


def test_values_are_on_the_scale_and_in_the_steps_of_their_parameter():
    log = Axis("a", 0.01, 1.0, ("x", "y"), log=True)
    assert log.value(0.5) == 0.1
    assert log.overrides(0.1) == {"x": 0.1, "y": 0.1}
    stepped = Axis("b", 1.15, 1.35, ("x",), step=0.0001)
    assert stepped.value(0.123456) == 1.1747
    assert Axis("c", 0, 10.5, ("x",), step=1).value(1.0) == 10
    assert type(Axis("c", 0, 10, ("x",), step=1).overrides(3.0)["x"]) is int


def both(method, seed=2):
    if method == "morris":
        return morris_design(ISHIGAMI, trajectories=6, levels=4, seed=seed), morris_effects
    return sobol_design(ISHIGAMI, samples=16, seed=seed), sobol_shares
