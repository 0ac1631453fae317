"""The register of assumptions in docs/assumptions.md, from docs/assumptions.yaml and the scenarios themselves."""

from __future__ import annotations

from pathlib import Path
from runpy import run_path
from typing import Any

import yaml

HERE = Path(__file__).parent
REGISTER = HERE / "assumptions.yaml"
HEAD = """| id | assumption | where it stands, value | status, source | sensitivity | what would change it |
|---|---|---|---|---|---|"""
LARGE = {1e12: "tn", 1e9: "bn", 1e6: "m"}
NAMES_SHOWN = 3


def register() -> dict[str, list[dict[str, Any]]]:
    """Scenario -> its entries, as written."""
    entries: dict[str, list[dict[str, Any]]] = yaml.safe_load(REGISTER.read_text(encoding="utf-8"))
    return entries


def assumptions_page() -> str:
    """docs/assumptions.md with its tables as they are now."""
    page = run_path(str(HERE.parent / "experiments" / "common" / "page.py"))
    text = (HERE / "assumptions.md").read_text(encoding="utf-8")
    return str(page["embedded"](text, {name: table(entries) for name, entries in register().items()}))


def table(entries: list[dict[str, Any]]) -> str:
    """One row an assumption."""
    return "\n".join([HEAD, *map(row, entries)])


def row(entry: dict[str, Any]) -> str:
    """An assumption as a row of the table."""
    status = f"**{entry['status']}**, {entry['confidence']} confidence: {entry['source']}"
    measured = f"[{entry['sensitivity']}]({entry['page']})" if "page" in entry else entry["sensitivity"]
    cells = (entry["id"], entry["what"], places(entry["keys"]), status, measured, entry["change"])
    return f"| {' | '.join(cells)} |"


def places(keys: dict[str, Any]) -> str:
    """Keys with their values; of many that differ in one number the first ones and how many more."""
    told = [f"`{key}` {shown(value)}" for key, value in keys.items()]
    more = f" and {len(told) - NAMES_SHOWN} more" if len(told) > NAMES_SHOWN + 1 else ""
    return ", ".join(told[:NAMES_SHOWN] if more else told) + more


def shown(value: Any) -> str:
    """A value for a reader: large ones in tn, bn, m; curves by their rows."""
    if isinstance(value, list):
        return "; ".join(map(shown, value)) if isinstance(value[0], list) else " → ".join(map(shown, value))
    for size, word in LARGE.items():
        if abs(value) >= size:
            return f"{value / size:.5g}{word}"
    return f"{value:g}".replace("-", "−")
