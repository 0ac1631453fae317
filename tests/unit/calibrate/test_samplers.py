import importlib.util
import math
import sys

import pytest

from pingcang.calibrate.libraries import MissingLibraryError, library
from pingcang.calibrate.samplers import Cmaes, Told, sampler_of
from pingcang.calibrate.space import Axis, Space
from pingcang.calibrate.spec import SamplerChoice

SPACE = Space((Axis("a", 0.0, 1.0, 0.9), Axis("b", 0.0, 1.0, 0.9), Axis("c", 0.0, 1.0, 0.9)), ())
KINDS = ("cmaes", "tpe", "random", "grid")


def loss(point):
    return sum((u - 0.3) ** 2 for u in point)


def told(points):
    return [Told(point, loss(point)) for point in points]


def batches(kind, count, **options):
    sampler = sampler_of(SamplerChoice(kind=kind, seed=3, **options), SPACE)
    history = []
    for number in range(count):
        start = Told([0.9] * 3, loss([0.9] * 3)) if number else None
        history += told(sampler.batch(number, start, history))
    return sampler, history


@pytest.mark.parametrize("kind", KINDS)
def test_points_lie_in_the_unit_cube_and_hang_on_history_alone(kind):
    sampler, history = batches(kind, 3)
    assert len(history) == 3 * sampler.size
    assert all(0 <= u <= 1 for each in history for u in each.coordinates)
    fresh = sampler_of(SamplerChoice(kind=kind, seed=3), SPACE)
    start = Told([0.9] * 3, loss([0.9] * 3))
    again = fresh.batch(2, start, history[: 2 * sampler.size])
    assert again == [each.coordinates for each in history[2 * sampler.size :]]


@pytest.mark.parametrize("kind", ["cmaes", "tpe", "random"])
def test_another_seed_gives_other_points(kind):
    first, second = (sampler_of(SamplerChoice(kind=kind, seed=seed), SPACE).batch(0, None, []) for seed in (1, 2))
    assert first != second


def test_cmaes_goes_down_a_bowl_and_begins_at_the_start():
    _, history = batches("cmaes", 40)
    assert min(each.loss for each in history) < 1e-6
    first = batches("cmaes", 1, sigma=0.01)[1]
    assert all(abs(u - 0.9) < 0.1 for each in first for u in each.coordinates)


def test_cmaes_begins_anew_at_the_best_point_once_it_has_settled():
    sampler = Cmaes([0.5, 0.5], 0.2, 6, 0)
    history = []
    widths = []
    for number in range(100):
        points = sampler.batch(number, None, history)
        widths.append(max(abs(point[0] - 0.3) for point in points))
        history += told(points)
    settled = next(k for k, width in enumerate(widths) if width < 1e-5)
    assert max(widths[settled:]) > 0.01
    assert min(each.loss for each in history[-60:]) < 0.1


def test_the_generation_of_cmaes_grows_with_the_parameters_unless_given():
    assert sampler_of(SamplerChoice(kind="cmaes"), SPACE).size == 4 + math.floor(3 * math.log(3))
    assert sampler_of(SamplerChoice(kind="cmaes", population=20), SPACE).size == 20


def test_a_grid_holds_every_combination_once_and_then_no_more():
    _, history = batches("grid", 5, points=3, batch=6)
    points = [tuple(each.coordinates) for each in history]
    assert len(points) == len(set(points)) == 27
    assert points[:3] == [(0.0, 0.0, 0.0), (0.0, 0.0, 0.5), (0.0, 0.0, 1.0)]


@pytest.mark.skipif(importlib.util.find_spec("torch") is None, reason="the sampler gp needs torch")
def test_a_gaussian_process_hangs_on_history_alone():
    assert [each.coordinates for each in batches("gp", 12)[1]] == [each.coordinates for each in batches("gp", 12)[1]]


@pytest.mark.skipif(importlib.util.find_spec("torch") is not None, reason="torch is there")
def test_a_gaussian_process_without_torch_is_refused():
    with pytest.raises(MissingLibraryError, match="a calibration needs torch, which is missing; pip install torch"):
        sampler_of(SamplerChoice(kind="gp"), SPACE)


def test_a_missing_library_is_told_with_the_command_that_brings_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "cmaes", None)
    with pytest.raises(
        MissingLibraryError, match=r"needs cmaes, which is missing; pip install 'pingcang\[calibrate\]'"
    ):
        library("cmaes")
    assert MissingLibraryError.exit_code == 2
