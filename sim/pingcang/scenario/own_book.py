"""`cohorts: {from: accounts.parquet, positions: positions.parquet}`: the accounts of all cohorts from two tables.

Before validation the keys of the whole section are written out cohort by cohort, so that a scenario has one form:
`cohorts.NAME.from`, `.positions` and `.on_error`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from pingcang.scenario.tree import Node, Problem, raise_problems, shortened

SHARED = ("from", "positions", "on_error")
"""Keys of `cohorts` that speak of every cohort; none can be called so."""
OWN_SOURCES = ("accounts", "explicit", "from")


def share_tables(tree: Node) -> Node:
    """The tree with the tables of `cohorts` given to every cohort that has no accounts of its own.

    Raises ScenarioError for a cohort with a reserved name, for half a pair of tables, for tables that no cohort takes,
    and for the former key `book`.
    """
    cohorts = tree.entries.get("cohorts")
    if cohorts is None or not cohorts.entries:
        return tree
    shared = {key: node for key, node in cohorts.entries.items() if key in SHARED and node.value is not None}
    named = {name: node for name, node in cohorts.entries.items() if name not in SHARED}
    raise_problems([*_misused(cohorts, shared, named), *_former(named)])
    entries = {name: _with_tables(node, shared) for name, node in named.items()}
    return replace(tree, value={**tree.entries, "cohorts": replace(cohorts, value=entries)})


def _with_tables(cohort: Node, shared: dict[str, Node]) -> Node:
    """A cohort takes both tables, or has its own; what it says about errors comes before what all say."""
    if not cohort.entries:
        return cohort
    entries = dict(cohort.entries)
    if _takes(cohort) and "from" in shared:
        entries |= {key: shared[key] for key in ("from", "positions")}
    if _says(Node(entries, cohort.place), "from") and not _says(cohort, "on_error") and "on_error" in shared:
        entries["on_error"] = shared["on_error"]
    return replace(cohort, value=entries)


def _says(cohort: Node, key: str) -> bool:
    return key in cohort.entries and cohort.entries[key].value is not None


def _takes(cohort: Node) -> bool:
    return bool(cohort.entries) and not any(_says(cohort, key) for key in OWN_SOURCES)


def _misused(cohorts: Node, shared: dict[str, Node], named: dict[str, Node]) -> Iterator[Problem]:
    for key, node in shared.items():
        if not isinstance(node.value, str):
            found = f"a mapping ({shortened(', '.join(node.entries))})" if node.entries else f"{node.text!r}"
            means = "what is done about errors in them" if key == "on_error" else "one table of all cohorts"
            message = f"found {found}; cohorts.{key} says {means}, so a cohort cannot be called {key}; rename it"
            yield Problem(node.place, ("cohorts", key), message)
    for key, other in (("from", "positions"), ("positions", "from")):
        if key in shared and other not in shared:
            message = "is missing; accounts and positions come in two tables, from: and positions:"
            yield Problem(shared[key].place, ("cohorts", other), message)
    if "from" in shared and not any(_takes(node) for node in named.values()):
        have = f"; {', '.join(named)} have accounts of their own (accounts: null takes them out)" if named else ""
        message = f"no cohort takes its accounts from it{have}; name a cohort of the table, as retail: {{kind: retail}}"
        yield Problem(shared["from"].place, ("cohorts", "from"), message)
    if "on_error" in shared and "from" not in shared and not any(_says(node, "from") for node in named.values()):
        message = "no cohort comes from a table; leave it out"
        yield Problem(shared["on_error"].place, ("cohorts", "on_error"), message)


def _former(named: dict[str, Node]) -> Iterator[Problem]:
    for name, node in named.items():
        if "book" in node.entries:
            message = (
                "has been replaced by two tables, from: accounts.parquet (account, cash) and positions: "
                "positions.parquet (account, stock, shares, loan); docs/own_book.md says how to split the file"
            )
            yield Problem(node.entries["book"].place, ("cohorts", name, "book"), message)
