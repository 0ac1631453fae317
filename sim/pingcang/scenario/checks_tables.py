"""What must fit together when accounts come from tables."""

from __future__ import annotations

from collections.abc import Iterator

from pingcang.scenario.schema import Scenario
from pingcang.scenario.tree import Finding


def table_findings(scenario: Scenario) -> Iterator[Finding]:
    """Tables need stocks with codes of their own; cohorts of one table of accounts agree on everything about it."""
    first: dict[str, str] = {}
    for name, cohort in scenario.cohorts.items():
        if cohort.tables is None:
            continue
        if scenario.securities.boards is not None:
            message = "drawn stocks have no codes that a table could name; give securities.from or securities.stocks"
            yield Finding(("cohorts", name, "from"), message)
        accounts, positions = cohort.tables
        other = scenario.cohorts[first.setdefault(accounts, name)]
        for key, here, there in (
            ("positions", positions, other.positions),
            ("on_error", cohort.on_error or "strict", other.on_error or "strict"),
        ):
            if here != there:
                message = f"found {here}, but {first[accounts]} has {there} with the same table of accounts; take one"
                yield Finding(("cohorts", name, key), message)
