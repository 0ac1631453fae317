"""What one scenario says otherwise than another: key by key, from which value to which."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pingcang.scenario.canonical import written_out

if TYPE_CHECKING:
    from pingcang.scenario.schema import Scenario

TELLS_NOTHING = {"name", "description", "sources"}
"""Keys of a scenario on which no number hangs."""
UNSET = "unset"
MOST_NUMBERS = 6
"""Of a list that is told in full."""


@dataclass(frozen=True)
class Change:
    """A key with its value in the base and in the other scenario; None where it is unset."""

    key: str
    before: Any
    after: Any

    @property
    def is_rule(self) -> bool:
        """Whether it is a rule of the exchange or a term of a contract, dated or not."""
        parts = self.key.split(".")
        return parts[0] == "rules" or "contract" in parts or (parts[0] == "events" and "rules" in parts)

    def to_dict(self) -> dict[str, Any]:
        """As JSON can hold it."""
        return {"from": plain(self.before), "to": plain(self.after)}

    def __str__(self) -> str:
        return f"{self.key} from {shown(self.before)} to {shown(self.after)}"


def changes(base: Scenario, other: Scenario) -> tuple[Change, ...]:
    """Every key whose value differs, in the order of the base's keys; events are told apart by their dates."""
    before, after = (dict(leaves(_tree(scenario), "")) for scenario in (base, other))
    keys = [*before, *(key for key in after if key not in before)]
    found = (Change(key, before.get(key), after.get(key)) for key in keys)
    return tuple(each for each in found if each.before != each.after)


def plain(value: Any) -> Any:
    """The value with dates as text."""
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(inner) for inner in value]
    return value.isoformat() if isinstance(value, dt.date) else value


def shown(value: Any) -> str:
    """The value in a sentence: numbers as people write them, long lists by their length."""
    if value is None:
        return UNSET
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float | int):
        return f"{value:.12g}" if abs(value) < 1e6 else f"{value:.6g}"
    if isinstance(value, list) and len(str(value).split(",")) > MOST_NUMBERS:
        return f"a table of {len(value)} rows"
    return str(plain(value))


def _tree(scenario: Scenario) -> dict[str, Any]:
    tree = {key: value for key, value in written_out(scenario).items() if key not in TELLS_NOTHING}
    seen: Counter[str] = Counter()
    events = {}
    for event in tree.pop("events", []):
        date = event["date"].isoformat()
        seen[date] += 1
        events[date if seen[date] == 1 else f"{date}#{seen[date]}"] = _deed(event)
    return {**tree, "events": events}


def _deed(event: Mapping[str, Any]) -> dict[str, Any]:
    """What an event does; its note does nothing, its date is its name."""
    return {key: value for key, value in event.items() if key not in {"date", "note"}}


def leaves(node: Any, path: str) -> Iterator[tuple[str, Any]]:
    """Every plain value below a mapping, with its dotted path."""
    if isinstance(node, dict):
        for key, inner in node.items():
            yield from leaves(inner, f"{path}.{key}" if path else str(key))
    else:
        yield path, node
