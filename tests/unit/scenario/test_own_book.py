"""`cohorts: {from, positions}`: the keys of all cohorts, written out before validation."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml

from pingcang.errors import ScenarioError
from pingcang.scenario import LoadedScenario, json_schema, load_text

TABLES = {"from": "a.parquet", "positions": "p.parquet"}
DRAWN = {"kind": "retail", "accounts": 5, "debt": 1e6, "maintenance_ratio": [[0, 1.4], [1, 3]]}


def load(cohorts: dict[str, Any], settings: tuple[str, ...] = (), **more: Any) -> LoadedScenario:
    told = {
        "name": "mine",
        "calendar": {"start": "2015-06-12", "days": 2},
        "securities": {"stocks": [{"code": "A", "price": 1.0, "float_shares": 100_000}]},
        "cohorts": cohorts,
        **more,
    }
    return load_text(yaml.safe_dump(told, sort_keys=False), settings=settings)


def refused(cohorts: dict[str, Any], settings: tuple[str, ...] = (), **more: Any) -> str:
    with pytest.raises(ScenarioError) as error:
        load(cohorts, settings, **more)
    return str(error.value)


def test_tables_of_all_cohorts_are_those_of_every_cohort_without_accounts_of_its_own() -> None:
    own = {"kind": "shadow", "from": "b.parquet", "positions": "q.parquet"}
    written = {"kind": "retail", "explicit": [{"cash": 1}]}
    cohorts = load(
        {**TABLES, "one": {"kind": "retail"}, "two": {"kind": "short_seller"}, "own": own, "drawn": DRAWN, "w": written}
    ).scenario.cohorts
    assert {name: cohort.tables for name, cohort in cohorts.items()} == {
        "one": ("a.parquet", "p.parquet"),
        "two": ("a.parquet", "p.parquet"),
        "own": ("b.parquet", "q.parquet"),
        "drawn": None,
        "w": None,
    }


def test_the_canonical_text_says_it_cohort_by_cohort_and_loads_back() -> None:
    loaded = load({**TABLES, "on_error": "drop", "one": {"kind": "retail"}, "two": {"kind": "shadow"}})
    again = load_text(loaded.text)
    assert (again.scenario, again.hash) == (loaded.scenario, loaded.hash)
    assert list(again.scenario.cohorts) == ["one", "two"]
    each = {
        "one": {"kind": "retail", **TABLES, "on_error": "drop"},
        "two": {"kind": "shadow", **TABLES, "on_error": "drop"},
    }
    assert load(each).hash == loaded.hash


def test_a_setting_reaches_the_tables_of_all() -> None:
    cohorts = {**TABLES, "one": {"kind": "retail"}}
    assert load(cohorts, ("cohorts.from=c.parquet",)).scenario.cohorts["one"].from_ == "c.parquet"
    assert load(cohorts, ("cohorts.on_error=drop",)).scenario.cohorts["one"].on_error == "drop"


def test_what_a_cohort_says_about_errors_comes_before_what_all_say() -> None:
    own = {"kind": "shadow", "from": "b.parquet", "positions": "q.parquet", "on_error": "strict"}
    cohorts = load({**TABLES, "on_error": "drop", "one": {"kind": "retail"}, "own": own}).scenario.cohorts
    assert (cohorts["one"].on_error, cohorts["own"].on_error) == ("drop", "strict")


def test_a_distribution_of_positions_gives_way_to_the_table() -> None:
    cohorts = load({**TABLES, "one": {"kind": "retail", "positions": [[1, 1.0]]}}).scenario.cohorts
    assert cohorts["one"].positions == "p.parquet"


@pytest.mark.parametrize(
    ("cohorts", "message"),
    [
        ({"from": {"kind": "retail"}}, "cohorts.from: found a mapping (kind); cohorts.from says one table of"),
        ({"on_error": DRAWN}, "so a cohort cannot be called on_error; rename it"),
        ({"from": 7, "positions": "p", "one": {"kind": "retail"}}, "cohorts.from: found '7'; "),
        ({"from": "a", "one": {"kind": "retail"}}, "cohorts.positions: is missing; accounts and"),
        ({"positions": "p", "one": DRAWN}, "cohorts.from: is missing; "),
        (TABLES, "cohorts.from: no cohort takes its accounts from it; name a cohort of the table"),
        ({**TABLES, "one": DRAWN}, "cohorts.from: no cohort takes its accounts from it; one have accounts"),
        ({"on_error": "drop", "one": DRAWN}, "cohorts.on_error: no cohort comes from a table; leave it out"),
        ({**TABLES, "on_error": "dorp", "one": {"kind": "retail"}}, "cohorts.one.on_error: found 'dorp', must be"),
        ({"one": {**DRAWN, "on_error": "drop"}}, "cohorts.one.on_error: speaks of tables and the cohort"),
        ({"one": {**DRAWN, "positions": "p"}}, "cohorts.one.positions: found a path, but no table"),
        ({"one": {"kind": "retail", "from": "a"}}, "cohorts.one.positions: must be the path of the table of positions"),
        ({"one": {**DRAWN, **TABLES}}, "found accounts (to be drawn) and from; give one of"),
        ({"one": {"kind": "retail", "book": "b"}}, "cohorts.one.book: has been replaced by two tables, from: "),
        (
            {"one": {"kind": "retail", **TABLES}, "two": {"kind": "retail", "from": "a.parquet", "positions": "q"}},
            "cohorts.two.positions: found q, but one has p.parquet with the same table of accounts; take one",
        ),
        (
            {**TABLES, "one": {"kind": "retail"}, "two": {"kind": "retail", "on_error": "drop"}},
            "cohorts.two.on_error: found drop, but one has strict with the same table of accounts; take one",
        ),
    ],
)  # fmt: skip
def test_what_does_not_fit_together_is_told(cohorts: dict[str, Any], message: str) -> None:
    assert message in refused(cohorts)


def test_tables_need_stocks_with_codes_and_scale_one() -> None:
    board = {"stocks": 2, "float_cap": [[0, 1e9], [1, 2e9]], "price": [[0, 5], [1, 9]], "turnover": [[0, 0.03]]}
    cohorts = {**TABLES, "one": {"kind": "retail"}}
    assert "cohorts.one.from: drawn stocks have no codes" in refused(cohorts, securities={"boards": {"main": board}})
    assert "cohorts.one.from: its accounts are simulated one to one, but scale is 0.5" in refused(cohorts, scale=0.5)


def test_a_child_takes_the_tables_of_its_parent_out() -> None:
    settings = ("cohorts.from=", "cohorts.positions=", "cohorts.one.explicit=[{cash: 1}]")
    cohorts = load({**TABLES, "one": {"kind": "retail"}}, settings).scenario.cohorts
    assert cohorts["one"].tables is None


def test_editors_know_the_keys_of_all_cohorts_beside_cohorts() -> None:
    cohorts = json_schema()["$defs"]["Scenario"]["properties"]["cohorts"]
    assert set(cohorts["properties"]) == {"from", "positions", "on_error"}
    (pattern,) = cohorts["patternProperties"]
    assert [bool(re.match(pattern, name)) for name in ("from", "positions", "on_error", "retail", "from_x")] == [
        False,
        False,
        False,
        True,
        True,
    ]
