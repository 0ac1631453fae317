import pytest
from hypothesis import given
from hypothesis import strategies as st

from pingcang.calibrate.expressions import parse_formula
from pingcang.calibrate.space import Axis, Entry, Space

UNIT = st.floats(0, 1)
AXES = [Axis("a", -2.0, 6.0, 0.0), Axis("b", 0.001, 10.0, 1.0, log=True), Axis("c", 0.0, 1.0, 0.5, step=0.25)]


@given(UNIT, st.sampled_from(AXES))
def test_a_value_lies_within_its_bounds_and_comes_back_from_its_coordinate(u, axis):
    value = axis.value(u)
    assert axis.low <= value <= axis.high
    assert axis.value(axis.coordinate(value)) == pytest.approx(value, rel=1e-5, abs=1e-5)


def test_the_scale_of_an_axis_is_linear_or_logarithmic():
    assert [AXES[0].value(u) for u in (0, 0.5, 1)] == [-2.0, 2.0, 6.0]
    assert [AXES[1].value(u) for u in (0, 0.25, 1)] == [0.001, 0.01, 10.0]


@given(UNIT)
def test_a_step_gives_whole_multiples_above_low(u):
    axis = Axis("lots", 2.0, 9.9, 3.0, step=2.0)
    assert axis.value(u) in {2.0, 4.0, 6.0, 8.0}


def test_values_have_six_digits_so_that_a_file_can_say_them():
    assert AXES[0].value(1 / 3) == 0.666667


def test_at_its_bound_is_within_a_hundredth_of_the_range():
    axis = Axis("a", 0.0, 10.0, 5.0)
    assert [axis.at_bound(value) for value in (0.0, 0.05, 0.2, 5.0, 9.95)] == ["low", "low", "", "", "high"]


def test_overrides_are_tied_computed_and_dated_ones_last():
    entries = (
        Entry("a", "crash", "events.0.news.value"),
        Entry("a", "crash", "impact.trend"),
        Entry("b", "crash", "impact.depth", parse_formula("a * b")),
        Entry("b", "calm", "impact.depth"),
    )
    space = Space(tuple(AXES[:2]), entries)
    params = {"a": 2.0, "b": 3.0}
    assert list(space.overrides("crash", params).items()) == [
        ("impact.trend", 2.0),
        ("impact.depth", 6.0),
        ("events.0.news.value", 2.0),
    ]
    assert space.overrides("calm", params) == {"impact.depth": 3.0}
    assert space.start == {"a": 0.0, "b": 1.0}
