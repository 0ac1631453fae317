"""Canonical text loads back to an equal scenario; junk of any sort raises ScenarioError and nothing else."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pingcang.errors import ScenarioError
from pingcang.scenario import LoadedScenario, load_scenario, load_text
from pingcang.scenario.canonical import CanonicalDumper, written_out
from pingcang.scenario.tree import Place, from_python, plain
from pingcang.scenario.yaml_reader import read_yaml

EXAMPLES = 30
QUICK = settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow])
SMALL = """\
name: small
calendar: {start: 2015-06-12, days: 10, holidays: [2015-06-22]}
securities:
  boards:
    main:
      stocks: 9
      float_cap: [[0, 1.0e9], [1, 5.0e10]]
      price: [[0, 5], [1, 30]]
      turnover: [[1.0e9, 0.05], [5.0e10, 0.01]]
      marginable: 5
cohorts:
  retail:
    kind: retail
    accounts: 100
    debt: 1.0e8
    maintenance_ratio: [[0, 1.4], [0.5, 2.4], [1, 4]]
    debt_by_board: {main: 1.5}
    contract: {close_out_line: [[0, 1.2], [1, 1.4]]}
  own: {kind: short_seller, explicit: [{cash: 100, positions: [{stock: A, shares: -100, loan: 5}]}]}
funds: {count: 2, share_of_float: 0.1}
events:
  - {date: 2015-06-15, news: {value: -0.1, boards: {main: 2}}, suspend: {stocks: all}}
  - {date: 2015-06-16, rules: {initial_margin: {value: 1}}, contract: {own: {haircut: 0.5}}}
  - {date: 2015-06-17, rescue: {budget: 1.0e9}, credit_withdrawal: {cohort: retail, share: 0.5}}
"""
NAMES = st.from_regex(r"[A-Za-z0-9_][A-Za-z0-9_.\-]{0,12}", fullmatch=True)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
RATIOS = st.integers(0, 30_000).map(lambda points: points / 10_000)
HAIRCUTS = st.integers(0, 10_000).map(lambda points: points / 10_000)
MARGINS = st.integers(1, 30_000).map(lambda points: points / 10_000)
AMOUNTS = st.one_of(st.floats(0, 1e12), st.integers(0, 10**12))
STOCKS = st.fixed_dictionaries(
    {
        "code": NAMES,
        "price": st.integers(1, 10**6).map(lambda ticks: ticks / 100),
        "float_shares": st.integers(100, 10**9),
    },
    optional={
        "board": NAMES,
        "turnover": st.floats(1e-6, 1),
        "haircut": HAIRCUTS,
        "st": st.booleans(),
        "beta": st.floats(-5, 5),
    },
)
CHANGES = {
    "financing_rate": RATIOS,
    "call_window": st.integers(0, 250),
    "initial_margin": st.fixed_dictionaries({"value": MARGINS}),
    "lending_stopped": st.booleans(),
}
"""Rules that may change during a run."""
EVENTS = st.fixed_dictionaries(
    {"date": st.just("2015-06-15")},
    optional={
        "note": TEXTS,
        "rules": st.fixed_dictionaries({}, optional=CHANGES),
        "news": st.fixed_dictionaries({"value": st.floats(-0.9, 4)}),
    },
)
COHORTS = st.fixed_dictionaries(
    {"kind": st.sampled_from(["retail", "institution"]), "explicit": st.just([{"cash": 5}])},
    optional={
        "cash_share": st.floats(0, 1),
        "contract": st.fixed_dictionaries({}, optional={"haircut": HAIRCUTS}),
    },
)
SCENARIOS = st.fixed_dictionaries(
    {
        "name": NAMES,
        "calendar": st.just({"start": "2015-06-12", "days": 3}),
        "securities": st.lists(STOCKS, min_size=1, max_size=4, unique_by=lambda stock: stock["code"]).map(
            lambda stocks: {"stocks": stocks}
        ),
    },
    optional={
        "description": TEXTS,
        "sources": st.lists(TEXTS, max_size=3),
        "rules": st.fixed_dictionaries({}, optional={"name": TEXTS, "lendable_share": st.floats(0, 1), **CHANGES}),
        "events": st.lists(EVENTS, max_size=3),
        "cohorts": st.dictionaries(NAMES, COHORTS, max_size=3),
        "scale": st.integers(1, 1000).map(lambda one_in: 1 / one_in),
    },
).map(lambda raw: raw | {"scale": 1} if raw.get("cohorts") else raw)
"""Written-out accounts are simulated one to one."""
SCALARS = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), TEXTS, st.dates())
JUNK = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4))


def loaded(raw: Any) -> LoadedScenario:
    return load_text(as_yaml(raw))


def as_yaml(raw: Any) -> str:
    return str(yaml.dump(raw, Dumper=CanonicalDumper, allow_unicode=True, sort_keys=False))


def or_refused(load: Any) -> None:
    try:
        load()
    except ScenarioError as error:
        assert error.problems
        assert all(len(problem.splitlines()) == 1 for problem in error.problems)


@given(SCENARIOS)
@QUICK
def test_text_loads_back_to_an_equal_scenario(raw: Any) -> None:
    first = loaded(raw)
    again = load_text(first.text)
    assert again.scenario == first.scenario
    assert again.text == first.text
    assert again.hash == first.hash


@given(JUNK)
@QUICK
def test_whatever_is_written_is_read_as_it_was(value: Any) -> None:
    text = as_yaml({"a": value})
    assert repr(plain(read_yaml(text, "text"))) == repr({"a": plain(from_python(value, Place("")))})


@given(st.binary(max_size=200))
@QUICK
def test_random_bytes_are_refused(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "junk.yaml"
    path.write_bytes(content)
    or_refused(lambda: load_scenario(path))


@given(st.text(max_size=200))
@QUICK
def test_random_text_is_refused(text: str) -> None:
    or_refused(lambda: load_text(text))


@given(st.data())
@QUICK
def test_random_values_anywhere_in_a_good_scenario_are_refused_or_taken(data: st.DataObject) -> None:
    raw = written_out(load_text(SMALL).scenario)
    node, path = raw, []
    while isinstance(node, (dict, list)) and node and (not path or data.draw(st.booleans())):
        key = data.draw(st.sampled_from(list(node) if isinstance(node, dict) else list(range(len(node)))))
        path.append(str(key))
        parent, node = node, node[key]
    parent[key] = data.draw(JUNK)
    or_refused(lambda: load_text(as_yaml(raw)))


@given(st.text(max_size=40), JUNK)
@QUICK
def test_random_settings_and_overrides_are_refused_or_taken(path: str, value: Any) -> None:
    or_refused(lambda: load_text(SMALL, settings=[path]))
    or_refused(lambda: load_text(SMALL, settings=[f"rules.{path}={value}"]))
    or_refused(lambda: load_text(SMALL, overrides={path: value, f"rules.{path}": value, "events.0.contract": value}))
