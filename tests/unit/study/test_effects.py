import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from pingcang.study.effects import effects, lattice, shapley
from pingcang.study.paired import Resampling

BREADTH_AND_SHADOW = {
    (0, 0): np.array([0.30, 0.34]),
    (0, 1): np.array([0.40, 0.44]),
    (1, 0): np.array([0.26, 0.30]),
    (1, 1): np.array([0.30, 0.30]),
}
"""Means 0.32, 0.42, 0.28, 0.30: A −0.08, B +0.06, AB −0.04."""


def cells_of(k, runs=3, lowest=-1e3, highest=1e3):
    numbers = st.floats(lowest, highest, allow_subnormal=False)
    return st.tuples(*[arrays(np.float64, runs, elements=numbers) for _ in lattice(k)]).map(
        lambda values: dict(zip(lattice(k), values, strict=True))
    )


LATTICES = st.integers(1, 4).flatmap(cells_of)


def test_effects_of_two_factors_by_hand():
    found = effects(BREADTH_AND_SHADOW, ("breadth", "shadow"))
    values = {term: estimate.value for term, estimate in found.items()}
    assert values == pytest.approx({("breadth",): -0.08, ("shadow",): 0.06, ("breadth", "shadow"): -0.04})
    assert found["breadth",].n == 2


def test_shapley_parts_of_two_factors_by_hand():
    found = shapley(BREADTH_AND_SHADOW, ("breadth", "shadow"))
    # Breadth first: -0.04 then +0.02; shadow first: +0.10 then -0.12. The means of the two orders:
    assert found.total.value == pytest.approx(-0.02)
    assert found.parts["breadth"].value == pytest.approx((-0.04 - 0.12) / 2)
    assert found.parts["shadow"].value == pytest.approx((0.02 + 0.10) / 2)
    assert found.shares["breadth"].value == pytest.approx(4.0)
    assert found.shares["shadow"].value == pytest.approx(-3.0)


def test_shapley_parts_of_an_additive_game_are_its_main_effects():
    worth = (0.3, -0.1, 0.05)
    runs = np.array([0.0, 0.01, 0.02])
    values = {cell: runs + sum(w * level for w, level in zip(worth, cell, strict=True)) for cell in lattice(3)}
    found, contrasts = shapley(values), effects(values)
    for name, w in zip("ABC", worth, strict=True):
        assert found.parts[name].value == pytest.approx(w, abs=1e-12)
        assert contrasts[name,].value == pytest.approx(w, abs=1e-12)
        assert (found.parts[name].low, found.parts[name].high) == pytest.approx((w, w), abs=1e-12)
    assert all(contrasts[term].value == pytest.approx(0.0, abs=1e-12) for term in contrasts if len(term) > 1)


@given(LATTICES, st.sampled_from(["mean", "median"]))
def test_parts_add_up_to_the_difference_of_the_corners(values, statistic):
    """Efficiency; in every resample too, or the intervals would be of something else."""
    found = shapley(values, statistic=statistic)
    assert sum(part.value for part in found.parts.values()) == pytest.approx(found.total.value, abs=1e-9)
    corners = [np.asarray(values[cell]) for cell in (max(values), min(values))]
    each = getattr(np, statistic)
    assert found.total.value == pytest.approx(each(corners[0]) - each(corners[1]), abs=1e-9)


@given(cells_of(2))
def test_a_factor_that_changes_nothing_has_no_part(values):
    with_dummy = {(*cell, level): values[cell] for cell in values for level in (0, 1)}
    found = shapley(with_dummy, ("a", "b", "dummy"))
    part = found.parts["dummy"]
    assert (part.value, part.low, part.high) == pytest.approx((0, 0, 0), abs=1e-9)
    assert found.parts["a"].value == pytest.approx(shapley(values).parts["A"].value, abs=1e-9)


@given(cells_of(2))
def test_factors_that_do_the_same_have_the_same_part(values):
    symmetric = {**values, (1, 0): values[0, 1]}
    found = shapley(symmetric)
    assert found.parts["A"].value == pytest.approx(found.parts["B"].value, abs=1e-9)


@given(cells_of(3), cells_of(3))
def test_the_parts_of_a_sum_are_the_sums_of_the_parts(one, other):
    both = shapley({cell: one[cell] + other[cell] for cell in one})
    for name in "ABC":
        expected = shapley(one).parts[name].value + shapley(other).parts[name].value
        assert both.parts[name].value == pytest.approx(expected, abs=1e-9)


@given(cells_of(3))
def test_effects_of_all_orders_give_every_cell_back(values):
    found = effects(values)
    mean = np.mean([array.mean() for array in values.values()])
    for cell in values:
        sign = {name: 2 * level - 1 for name, level in zip("ABC", cell, strict=True)}
        told = mean + sum(math.prod(sign[name] for name in term) * e.value / 2 for term, e in found.items())
        assert told == pytest.approx(values[cell].mean(), abs=1e-9)


def test_a_run_that_lacks_the_number_in_one_cell_is_left_out_of_all():
    values = {(0,): np.array([1.0, 2.0, 100.0]), (1,): np.array([2.0, 3.0, np.nan])}
    found = effects(values)["A",]
    assert (found.value, found.low, found.high) == pytest.approx((1.0, 1.0, 1.0), abs=1e-12)
    assert found.n == 2


def test_cells_are_resampled_together_so_that_what_they_share_cancels():
    shared = np.random.default_rng(0).normal(0, 1, 50)
    own = np.random.default_rng(1).normal(0, 0.01, (4, 50))
    values = {cell: shared + own[i] for i, cell in enumerate(lattice(2))}
    assert effects(values)["A",].se < 0.01 < shared.std() / math.sqrt(50)


def test_orders_above_the_one_asked_for_are_left_out():
    values = {cell: np.array([float(sum(cell))]) for cell in lattice(3)}
    assert list(effects(values, order=1)) == [("A",), ("B",), ("C",)]
    assert len(effects(values, order=2)) == 6 and len(effects(values)) == 7


def test_intervals_of_parts_and_shares_cover_the_truth_as_often_as_they_say():
    """400 studies of 40 runs in which A adds 0.3 of 0.4: binomial error 1.1 points, percentile intervals of n = 40 are
    short by about a point, so 0.90 to 0.98 are three errors around 0.94."""
    random, resampling = np.random.default_rng(4), Resampling(40, resamples=600)
    part = share = 0
    for _ in range(400):
        luck = random.normal(0, 1, 40)
        values = {
            cell: luck + 0.3 * cell[0] * random.normal(1, 0.5, 40) + 0.1 * cell[1] + random.normal(0, 0.1, 40)
            for cell in lattice(2)
        }
        found = shapley(values, resampling=resampling)
        part += found.parts["A"].low <= 0.3 <= found.parts["A"].high
        share += found.shares["A"].low <= 0.75 <= found.shares["A"].high
    assert 0.90 <= part / 400 <= 0.98 and 0.90 <= share / 400 <= 0.98


def test_no_difference_has_no_shares():
    found = shapley({(0,): np.ones(4), (1,): np.ones(4)})
    assert (found.total.value, found.parts["A"].value) == (0.0, 0.0)
    assert math.isnan(found.shares["A"].value)


@pytest.mark.parametrize(
    ("values", "names", "message"),
    [
        ({}, None, "no cells"),
        ({(0,): np.ones(2), (2,): np.ones(2)}, None, "a tuple of zeros and ones"),
        ({(0,): np.ones(2), (1, 0): np.ones(2)}, None, "a tuple of zeros and ones"),
        ({(0,): np.ones(2), (1,): np.ones(3)}, None, r"arrays of \[2, 3\] runs"),
        ({(0,): np.ones(2), (1,): np.ones(2)}, ("a", "b"), r"2 names \(a, b\) for 1 factors"),
        ({(0, 0): np.ones(2), (1, 1): np.ones(2)}, None, "2 cells of 4; Shapley values need them all"),
    ],
)
def test_what_is_no_lattice_is_refused(values, names, message):
    with pytest.raises(ValueError, match=message):
        shapley(values, names)
