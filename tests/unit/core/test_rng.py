"""Philox4x32-10: the known answers of Random123 (kat_vectors), and numbers that are what they are called."""

import math
from itertools import pairwise
from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pingcang._core.rng import TABLE, normals, philox_words, run_key, uniforms
from pingcang.randomness import ENTITIES_PER_COHORT, NORMAL_BINS, Purpose, cohort_code, normal_table
from pingcang.reference import philox as plain

WORD = st.integers(0, 2**32 - 1)
WORDS = st.tuples(WORD, WORD, WORD, WORD)
ALL_ONES = 2**32 - 1
KNOWN = [
    ((0,) * 4, (0, 0), (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
    ((ALL_ONES,) * 4, (ALL_ONES,) * 2, (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
    (
        (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
        (0xA4093822, 0x299F31D0),
        (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
    ),
]
SEED = 20150612
COUNT = 200_000


@pytest.mark.parametrize("implementation", [philox_words, plain.philox])
@pytest.mark.parametrize(("counter", "key", "answer"), KNOWN)
def test_philox_gives_the_known_answers(implementation, counter, key, answer):
    assert implementation(counter, key) == answer


@given(counter=WORDS, key=st.tuples(WORD, WORD))
def test_both_implementations_give_the_same_words(counter, key):
    assert philox_words(counter, key) == plain.philox(counter, key)


@given(seed=st.integers(0, 2**64 - 1), run=WORD, purpose=st.sampled_from(Purpose))
def test_a_run_key_is_the_first_64_bits_of_philox_keyed_by_the_seed(seed, run, purpose):
    x0, x1, _, _ = plain.philox((run, purpose, 0, 0), (seed & ALL_ONES, seed >> 32))
    assert run_key(seed, run, purpose) == x0 << 32 | x1
    assert plain.run_key(seed, run, purpose) == (x0, x1)


@given(
    key=st.integers(0, 2**64 - 1),
    first=st.integers(0, 2**31),
    day=st.integers(0, 2**16 - 1),
    session=st.integers(0, 63),
    draw=WORD,
)
def test_both_implementations_draw_the_same_numbers(key, first, day, session, draw):
    halves = (key >> 32, key & ALL_ONES)
    plainly = [plain.uniform(halves, first + i, day, session, draw) for i in range(3)]
    assert uniforms(key, first, 3, day, session, draw).tolist() == plainly
    assert normals(key, first, 3, day, session, draw).tolist() == [plain.normal(u) for u in plainly]


def test_a_draw_depends_on_each_part_of_its_name():
    named = {"key": run_key(SEED, 0, Purpose.ACTIVE), "first": 5, "count": 1, "day": 3, "session": 2, "draw": 1}
    other = {"key": run_key(SEED, 1, Purpose.ACTIVE), "first": 6, "day": 4, "session": 3, "draw": 2}
    drawn = {
        float(uniforms(*{**named, **({part: other[part]} if part else {})}.values())[0]) for part in [None, *other]
    }
    assert len(drawn) == 1 + len(other)


def test_a_number_does_not_depend_on_how_many_are_drawn_with_it():
    key = run_key(SEED, 0, Purpose.ACTIVE)
    together = uniforms(key, 100, 50, 1, 0, 0)
    assert together[7:9].tolist() == uniforms(key, 107, 2, 1, 0, 0).tolist()
    assert len(uniforms(key, 0, 0, 1, 0, 0)) == 0


def kolmogorov_smirnov(sample, distribution):
    ordered = np.sort(sample)
    expected = np.array([distribution(float(x)) for x in ordered[::20]])
    return float(np.abs(expected - np.arange(len(ordered))[::20] / len(ordered)).max())


def test_uniforms_are_uniform():
    """Kolmogorov-Smirnov: 1.95/√n is the 0.1 % point, and the seed is fixed."""
    drawn = uniforms(run_key(SEED, 0, Purpose.CHOOSE), 0, COUNT, 1, 0, 0)
    assert drawn.min() >= 0.0
    assert drawn.max() < 1.0
    assert kolmogorov_smirnov(drawn, lambda x: x) < 1.95 / math.sqrt(COUNT)


def test_normals_are_normal():
    """Mean and standard deviation within three standard errors; Kolmogorov-Smirnov as for uniforms."""
    drawn = normals(run_key(SEED, 0, Purpose.STOCK_NEWS), 0, COUNT, 1, 0, 0)
    assert abs(drawn.mean()) < 3 / math.sqrt(COUNT)
    assert abs(drawn.std() - 1) < 3 / math.sqrt(2 * COUNT)
    assert kolmogorov_smirnov(drawn, NormalDist().cdf) < 1.95 / math.sqrt(COUNT)


def test_the_normal_table_is_the_inverse_distribution_symmetric_and_rising():
    table = normal_table()
    assert table == TABLE.tolist()
    assert len(table) == NORMAL_BINS + 1
    assert table[NORMAL_BINS // 2] == 0.0
    assert all(a == -b for a, b in zip(table, reversed(table), strict=True))
    assert all(a < b for a, b in pairwise(table))
    assert table[-1] == pytest.approx(NormalDist().inv_cdf(1 - 0.5 / (NORMAL_BINS + 1)))


def test_purposes_have_distinct_numbers():
    assert len({int(purpose) for purpose in Purpose}) == len(Purpose.__members__)


def test_a_cohorts_code_follows_from_its_name_alone():
    """CRC-32 of 123456789 is 0xCBF43926 = 3,421,780,262 = 240 · 14,257,417 + 182, and free codes start at 16."""
    assert [cohort_code(name) for name in ("retail", "shadow", "institution", "short_seller")] == [1, 2, 3, 4]
    assert cohort_code("123456789") == 16 + 182


@given(st.text(st.characters(codec="ascii"), min_size=1, max_size=64))
def test_codes_leave_room_for_every_account_and_for_the_ready_made_names(name):
    code = cohort_code(name)
    assert name in ("retail", "shadow", "institution", "short_seller") or code >= 16
    assert (code + 1) * ENTITIES_PER_COHORT <= 2**32
