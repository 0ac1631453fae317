"""What makes two trials of the same number the same trial."""

from __future__ import annotations

import hashlib
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pingcang
from pingcang.calibrate.loaded import LoadedSpec
from pingcang.montecarlo.plan import code_version, data_hash

MEASURING = (
    "validate",
    "results/dataset.py",
    "results/metrics.py",
    "montecarlo/simulate.py",
    "calibrate/evaluate.py",
    "calibrate/expressions.py",
    "calibrate/loaded.py",
    "calibrate/loss.py",
    "calibrate/measures.py",
    "calibrate/samplers.py",
    "calibrate/space.py",
)
"""The parts of the package, beside the engine, on which a trial can depend."""


def identity_of(loaded: LoadedSpec) -> dict[str, Any]:
    """The calibration but for its number of trials, its scenarios and data, what it is held against, the code."""
    return {
        "spec": loaded.written(),
        "scenarios": {
            label: {"hash": base.loaded.hash, "data": data_hash(base.loaded)} for label, base in loaded.bases.items()
        },
        "parts": [asdict(part) for part in loaded.measures.parts],
        "code": code_version(),
        "measuring": _measuring(),
    }


def _measuring() -> str:
    package = Path(pingcang.__file__).parent
    digest = hashlib.sha256()
    for name in MEASURING:
        place = package / name
        for file in sorted(place.rglob("*")) if place.is_dir() else [place]:
            if file.suffix in {".py", ".csv", ".yaml"} and file.is_file():
                digest.update(f"{file.relative_to(package).as_posix()}\0".encode())
                digest.update(file.read_bytes())
    return digest.hexdigest()[:12]
