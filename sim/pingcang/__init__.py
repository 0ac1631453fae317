"""Agent-based simulation of margin calls, forced liquidation and leverage cascades, exact to the fen.

    from pingcang import MarginMarket, load_scenario, open_results

The names are imported when they are first used, so that `pingcang --version` starts at once.
"""

from __future__ import annotations

from importlib import import_module, metadata
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pingcang.model import MarginMarket
    from pingcang.results.storage import open_results
    from pingcang.scenario import load_scenario

__all__ = ["MarginMarket", "__version__", "load_scenario", "open_results"]

_HOMES = {
    "MarginMarket": "pingcang.model",
    "load_scenario": "pingcang.scenario",
    "open_results": "pingcang.results.storage",
}


def _version() -> str:
    try:
        return metadata.version("pingcang")
    except metadata.PackageNotFoundError:
        return "0+not.installed"


def __getattr__(name: str) -> Any:
    if name == "__version__":
        return _version()
    if name not in _HOMES:
        raise AttributeError(f"module 'pingcang' has no attribute {name!r}; it offers {__all__}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
