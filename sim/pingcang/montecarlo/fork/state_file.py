"""A state as a file: a .npz archive of its arrays and a header, written whole, without pickles.

The header is the JSON text in the entry `header`: what the state is of, its numbers, and the SHA-256 of everything.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import json
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from pingcang.errors import ScenarioError
from pingcang.montecarlo.fork.agreement import check_agreement
from pingcang.montecarlo.fork.state import State
from pingcang.montecarlo.parts import write_bytes
from pingcang.montecarlo.plan import code_version, data_hash
from pingcang.results.files import storage_errors
from pingcang.scenario import load_text

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pingcang.scenario import LoadedScenario

KIND = "pingcang state 1"
SUFFIX = ".npz"
HEADER = "header"
DAMAGE = (OSError, EOFError, ValueError, KeyError, TypeError, AttributeError, zipfile.BadZipFile, zlib.error)
"""What numpy, zip and JSON say about files that are none of ours, or damaged."""


def save_state(state: State, path: str | Path, *, overwrite: bool = False) -> None:
    """Write a state to a .npz file, whole or not at all.

    Raises ScenarioError for another suffix or a taken path, StorageError when the disk refuses.
    """
    target = Path(path)
    check_target(target, overwrite=overwrite)
    header = _header(state)
    header["sha256"] = _digest(header, state.arrays)
    buffer = io.BytesIO()
    named = {f"array:{name}": array for name, array in state.arrays.items()}
    np.savez(buffer, allow_pickle=False, **{HEADER: np.array(json.dumps(header))}, **named)
    with storage_errors(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        write_bytes(target, buffer.getvalue())


def check_target(target: Path, *, overwrite: bool) -> None:
    """Refuse, as ScenarioError, a place where no state can be written."""
    if target.suffix != SUFFIX:
        raise ScenarioError(f"{target}: a state is written to a file that ends in {SUFFIX}; name it so")
    if target.is_dir() or (target.exists() and not overwrite):
        raise ScenarioError(f"{target}: something is there already; choose another name or overwrite it")


def load_state(path: str | Path, loaded: LoadedScenario) -> State:
    """The state in a file, to be continued under `loaded` or anything else that says the same up to its date.

    Raises ScenarioError if the file is missing, no state, damaged, of another version of the code, of other data
    files, or of a scenario that differs from `loaded` up to the date.
    """
    source = Path(path)
    header, arrays = _read(source)
    if header["code_version"] != code_version():
        raise ScenarioError(
            f"{source}: this state was made by version {header['code_version']}, this is {code_version()}, whose "
            "numbers may differ; make it again"
        )
    if header["data_hash"] != data_hash(loaded):
        raise ScenarioError(f"{source}: this state is of other data files than those of {loaded.source}")
    state = _state(header, arrays, source, loaded)
    try:
        check_agreement(state.loaded, loaded, state.date)
    except ScenarioError as reason:
        raise ScenarioError(*(f"{source}: {problem}" for problem in reason.problems)) from None
    return state


def _header(state: State) -> dict[str, Any]:
    return {
        "kind": KIND,
        "scenario": state.loaded.scenario.name,
        "scenario_hash": state.loaded.hash,
        "scenario_text": state.loaded.text,
        "data_hash": data_hash(state.loaded),
        "code_version": code_version(),
        "seed": state.seed,
        "run": state.run,
        "scale": state.loaded.scenario.scale,
        "record": list(state.record),
        "feedback": state.feedback,
        "date": state.date.isoformat(),
        "day": state.day,
        "keys": state.keys,
        "numbers": state.numbers,
    }


def _state(header: Mapping[str, Any], arrays: dict[str, NDArray[Any]], source: Path, loaded: LoadedScenario) -> State:
    return State(
        loaded=load_text(header["scenario_text"], source=str(source), base_folder=loaded.base_folder),
        seed=header["seed"],
        run=header["run"],
        record=tuple(header["record"]),
        feedback=header["feedback"],
        date=dt.date.fromisoformat(header["date"]),
        day=header["day"],
        keys=header["keys"],
        arrays=arrays,
        numbers=header["numbers"],
    )


def _read(source: Path) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """Header and arrays; ScenarioError unless they are whole and belong together."""
    try:
        content = source.read_bytes()
    except OSError as reason:
        raise ScenarioError(f"{source}: cannot be read ({reason.strerror}); check the path") from None
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as archive:
            header = json.loads(str(archive[HEADER]))
            arrays = {name.removeprefix("array:"): archive[name] for name in archive.files if name != HEADER}
        intact = header.pop("sha256") == _digest(header, arrays) and header["kind"] == KIND
    except DAMAGE:
        intact = False
    if not intact:
        raise ScenarioError(f"{source}: is no state of pingcang fork, or damaged; make it again with --save")
    return header, arrays


def _digest(header: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> str:
    """SHA-256 of the header and of every array with its name, type and shape."""
    digest = hashlib.sha256(json.dumps(header, sort_keys=True).encode())
    for name in sorted(arrays):
        array = np.ascontiguousarray(arrays[name])
        digest.update(f"\0{name}\0{array.dtype.str}\0{arrays[name].shape}\0".encode())
        digest.update(array.tobytes())
    return digest.hexdigest()
