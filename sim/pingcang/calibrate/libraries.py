"""Libraries that only a calibration needs, imported when they are used."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from pingcang.errors import PingcangError

EXTRA = {"optuna": "'pingcang[calibrate]'", "cmaes": "'pingcang[calibrate]'", "torch": "torch scipy", "scipy": "scipy"}
"""Library -> what pip is told to install it."""


class MissingLibraryError(PingcangError):
    """A library is not installed; says how to get it."""

    exit_code = 2


def library(name: str) -> Any:
    """The library, quiet; `MissingLibraryError` if it is not installed."""
    try:
        module = import_module(name)
    except ModuleNotFoundError:
        raise MissingLibraryError(f"a calibration needs {name}, which is missing; pip install {EXTRA[name]}") from None
    if name == "optuna":
        module.logging.set_verbosity(module.logging.ERROR)
    return module
