import numpy as np
import pytest

from pingcang.study.bisection import Evaluation, NotBracketedError, crossings, solve, violations

RUNS = 200


def draws(seed=3, runs=RUNS):
    return np.random.default_rng(seed).normal(size=runs)


def median(values):
    return np.median(values, axis=-1)


def mean(values):
    return values.mean(axis=-1)


def line(x, noise=None):
    """Run r gives x + noise_r: the root of mean = c is c - mean(noise), its standard error sd / sqrt(runs)."""
    return x + (draws() if noise is None else noise)


def test_the_root_of_a_line_is_where_algebra_puts_it():
    root = solve(line, mean, 0.3, -2.0, 2.0, tolerance=0.01)
    assert root.x == pytest.approx(0.3 - draws().mean(), abs=1e-9)
    assert root.bracket[0] <= root.x <= root.bracket[1] and root.bracket[1] - root.bracket[0] <= 0.01 * (1 + 1e-9)
    assert root.rising and root.violations == ()


def test_a_falling_statistic_is_solved_too():
    root = solve(lambda x: -line(x), mean, -0.3, -2.0, 2.0, tolerance=0.01)
    assert root.x == pytest.approx(0.3 - draws().mean(), abs=1e-9)
    assert not root.rising


def test_the_interval_of_a_mean_is_that_of_the_normal_theory():
    root = solve(line, mean, 0.0, -2.0, 2.0, tolerance=0.05, resamples=4000)
    width = root.interval[1] - root.interval[0]
    # 3 %: the error of two percentiles of 4,000 draws
    assert width == pytest.approx(2 * 1.96 * draws().std() / np.sqrt(RUNS), rel=0.05)
    assert root.interval[0] < root.x < root.interval[1] and root.outside == 0


def test_an_uncertain_level_widens_the_interval_and_a_paired_one_narrows_it():
    own = np.random.default_rng(9).normal(size=RUNS)
    fixed = solve(line, mean, 0.0, -3.0, 3.0, tolerance=0.05)
    independent = solve(line, mean, own - own.mean(), -3.0, 3.0, tolerance=0.05)
    paired = solve(line, mean, draws(), -3.0, 3.0, tolerance=0.05)

    def width(root):
        return root.interval[1] - root.interval[0]

    assert width(independent) == pytest.approx(np.sqrt(2) * width(fixed), rel=0.15)
    assert width(paired) < 1e-9
    assert paired.x == pytest.approx(0.0, abs=1e-9)


def test_the_interval_holds_the_true_root_as_often_as_it_says():
    covered = 0
    for seed in range(200):
        noise = np.random.default_rng(seed).normal(size=60)
        root = solve(lambda x, noise=noise: line(x, noise), mean, 0.0, -2.0, 2.0, tolerance=0.1, resamples=400)
        covered += root.interval[0] <= 0.0 <= root.interval[1]
    # 95 % nominal, the percentile interval of 60 runs a little less; binomial sd of 200 trials 1.6 %
    assert 0.89 <= covered / 200 <= 0.99


def test_bisection_evaluates_both_ends_and_then_halves():
    seen = []

    def values_at(x):
        seen.append(x)
        return line(x)

    root = solve(values_at, mean, 0.0, -1.0, 1.0, tolerance=2 / 64)
    assert seen[:3] == [-1.0, 1.0, 0.0]
    assert len(seen) == 2 + 6
    assert [each.x for each in root.evaluations] == seen


def test_a_grid_keeps_every_point_between_the_ends_on_its_multiples():
    root = solve(line, mean, 0.0, -1.0, 2.0, tolerance=1e-6, grid=0.05)
    assert all(abs(each.x / 0.05 - round(each.x / 0.05)) < 1e-9 for each in root.evaluations)
    assert root.bracket[1] - root.bracket[0] == pytest.approx(0.05)


def test_a_bracket_without_the_answer_is_refused_with_what_was_found_at_both_ends():
    with pytest.raises(NotBracketedError, match=r"5\.\d+ at 5 and 6\.\d+ at 6 are both above 0") as caught:
        solve(line, mean, 0.0, 5.0, 6.0, tolerance=0.1)
    assert caught.value.at_high - caught.value.at_low == pytest.approx(1.0)
    with pytest.raises(NotBracketedError, match="both below 9"):
        solve(line, mean, 9.0, 5.0, 6.0, tolerance=0.1)


def test_a_statistic_that_is_on_the_level_at_both_ends_tells_nothing():
    with pytest.raises(NotBracketedError, match="both equal to 1"):
        solve(lambda _: np.ones(5), mean, 1.0, 5.0, 6.0, tolerance=0.1)


def test_a_level_that_is_met_at_one_end_exactly_is_found_there():
    assert solve(lambda x: np.full(5, x), mean, 0.0, 0.0, 1.0, tolerance=0.1).x == pytest.approx(0.0, abs=1e-9)
    assert solve(lambda x: np.full(5, x), mean, 1.0, 0.0, 1.0, tolerance=0.1).x == pytest.approx(1.0, abs=1e-9)


def test_a_statistic_that_moves_backwards_between_points_is_reported():
    def bumpy(x):
        return line(x) + (1.0 if 0 < x < 0.3 else 0.0)

    root = solve(bumpy, mean, -0.2, -1.0, 1.0, tolerance=0.01)
    assert root.violations == ()  # the search never saw the bump
    root = solve(bumpy, mean, 0.4, -1.0, 1.0, tolerance=0.05)
    assert [each.x for each in root.violations] == [(0.25, 0.5)]
    assert root.violations[0].number[0] > root.violations[0].number[1]


def test_resamples_without_a_root_in_the_bracket_are_counted_and_open_the_interval():
    root = solve(line, mean, 0.0, -0.1 - draws().mean(), 0.01 - draws().mean(), tolerance=0.01)
    assert root.interval[1] == np.inf and np.isfinite(root.x)
    assert 0.2 < root.outside < 0.8


def test_crossings_are_linear_between_points_and_open_beyond_them():
    x = np.array([0.0, 1.0, 3.0])
    rows = np.array([[0.0, 1.0, 2.0], [0.0, 1.0, 2.0], [5.0, 6.0, 7.0], [-9.0, -8.0, -7.0]])
    found = crossings(x, rows, np.array([0.5, 1.5, 1.0, 1.0]))
    assert found == pytest.approx([0.5, 2.0, -np.inf, np.inf])


def test_violations_are_neighbours_in_x_not_in_time():
    points = [Evaluation(float(x), np.zeros(1), number) for x, number in enumerate([3.0, 2.0, 2.5, 1.0])]
    assert [each.x for each in violations(points)] == [(1.0, 2.0)]


def test_the_same_seed_gives_the_same_interval():
    first = solve(line, median, 0.1, -2.0, 2.0, tolerance=0.1, seed=4)
    again = solve(line, median, 0.1, -2.0, 2.0, tolerance=0.1, seed=4)
    other = solve(line, median, 0.1, -2.0, 2.0, tolerance=0.1, seed=5)
    assert first.interval == again.interval != other.interval
