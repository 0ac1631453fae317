import pytest

from pingcang.study.effects import lattice
from pingcang.study.fractions import GENERATORS, ROMAN, aliases, fraction, resolution

TABLE = [(name, k) for name, known in GENERATORS.items() for k in known]


@pytest.mark.parametrize(("name", "k"), TABLE)
def test_every_fraction_of_the_table_has_the_resolution_it_is_named_for(name, k):
    cells = fraction(k, name)
    assert resolution(cells) >= ROMAN[name]
    assert len(set(cells)) == len(cells) == 2 ** (k - len(GENERATORS[name][k]))
    for factor in range(k):
        assert sum(cell[factor] for cell in cells) == len(cells) / 2


@pytest.mark.parametrize(
    ("name", "k", "size"), [("IV", 8, 16), ("IV", 6, 16), ("V", 5, 16), ("V", 6, 32), ("V", 8, 64)]
)
def test_fractions_have_the_textbook_s_size(name, k, size):
    """Box, Hunter and Hunter (2005), table 6.22."""
    assert len(fraction(k, name)) == size


def test_the_half_of_three_factors_is_of_resolution_three_and_says_what_it_confuses():
    half = [cell for cell in lattice(3) if sum(cell) % 2]
    assert resolution(half) == 3
    assert aliases(half)[0,] == [(1, 2)] and aliases(half)[0, 1] == [(2,)]


def test_a_full_lattice_confuses_nothing():
    assert resolution(lattice(4)) is None
    assert not any(aliases(lattice(4), 4).values())


def test_resolution_four_confuses_pairs_with_pairs_only_and_five_neither():
    four, five = aliases(fraction(8, "IV")), aliases(fraction(5, "V"))
    assert all(not four[i,] for i in range(8)) and len(four[0, 1]) == 3
    assert not any(five.values())


def test_an_unknown_fraction_is_refused():
    with pytest.raises(ValueError, match="3 factors; a fraction of resolution V is known for 5 to 10"):
        fraction(3, "V")
