"""Which results are reproduced, in the order of the page; each is a module of this package with its `REPLICATION`."""

from __future__ import annotations

from importlib import import_module

from experiments.replications.frame import Replication

NAMES = (
    "cont_wagalath",
    "greenwood_landier_thesmar",
    "cont_schaanning",
    "critical_leverage",
    "thurner",
    "caccioli",
)


def replication(name: str) -> Replication:
    """The replication of this name."""
    found: Replication = import_module(f"experiments.replications.{name}").REPLICATION
    return found
