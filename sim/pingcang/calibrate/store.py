"""Where trials are kept: an optuna study in a journal file, one line a trial, which `optuna-dashboard` can read.

A trial is written once, when it is over, as a whole: whatever kills the process, the trials that are over are
kept and nothing else is. One process at a time may hold a store.
"""

from __future__ import annotations

import json
import os
import sys
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from pingcang.calibrate.evaluate import Evaluation
from pingcang.calibrate.libraries import library
from pingcang.calibrate.space import Space
from pingcang.errors import ScenarioError, StorageError
from pingcang.results.files import storage_errors

IDENTITY = "pingcang_identity"
KEPT = "pingcang"
"""The attribute of a trial that holds its evaluation."""
DIFFERENCES_SHOWN = 5


class TrialStore:
    """The trials of one study."""

    def __init__(self, path: Path, study: Any, space: Space) -> None:
        self.path = path
        self._study = study
        self._space = space
        optuna = library("optuna")
        self._box = {
            axis.name: optuna.distributions.FloatDistribution(axis.low, axis.high, log=axis.log) for axis in space.axes
        }

    def evaluations(self) -> dict[int, Evaluation]:
        """Trial -> its evaluation, in order."""
        found = [
            Evaluation.from_dict(trial.params, trial.value, trial.user_attrs[KEPT])
            for trial in self._study.get_trials(deepcopy=False)
        ]
        return {each.trial: each for each in sorted(found, key=lambda each: each.trial)}

    def add(self, evaluation: Evaluation) -> None:
        """Keep a trial that is over; `StorageError` if the disk fails."""
        optuna = library("optuna")
        done = evaluation.state == "done"
        states = optuna.trial.TrialState
        trial = optuna.trial.create_trial(
            state={"done": states.COMPLETE, "infeasible": states.PRUNED, "failed": states.FAIL}[evaluation.state],
            value=evaluation.loss if done else None,
            params=evaluation.params,
            distributions=self._box,
            user_attrs={KEPT: evaluation.as_dict()},
        )
        with storage_errors(self.path):
            self._study.add_trial(trial)


@contextmanager
def open_store(
    path: Path, study: str, identity: Mapping[str, Any], space: Space, *, overwrite: bool = False
) -> Iterator[TrialStore]:
    """The store at a path, made if there is none; `identity` says what its trials are trials of.

    A store of another identity is refused (`ScenarioError`, which names what differs) unless `overwrite`; what is
    no store of ours is left alone. `StorageError` if it is damaged or another process holds it.
    """
    library("optuna")
    with storage_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
    _check_ours(path)
    with storage_errors(path), path.open("ab") as held:
        _hold(held, path)
        if overwrite:
            held.truncate(0)
        _mend(path)
        yield TrialStore(path, _study(path, study, _as_json(identity)), space)


def _check_ours(path: Path) -> None:
    """Refuse a file that is no journal; an empty one is as good as none."""
    if path.is_dir():
        raise ScenarioError(f"{path}: is a folder; choose another --store")
    if not path.exists():
        return
    with storage_errors(path), path.open("rb") as file:
        first = file.readline()
    if first and not first.startswith(b'{"op_code"'):
        raise ScenarioError(f"{path}: is no store of a calibration, so it is left alone; choose another --store")


def _hold(file: IO[bytes], path: Path) -> None:
    """Keep other processes away until the file is closed, where the system can (not on Windows)."""
    if sys.platform == "win32":
        return
    import fcntl

    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise StorageError(f"{path}: another process is using it; wait for it, or choose another --store") from None


def _mend(path: Path) -> None:
    """Cut off a last line that was not written whole, and a lock that a killed process left."""
    content = path.read_bytes()
    whole = content.rfind(b"\n") + 1
    if whole < len(content):
        os.truncate(path, whole)
    Path(f"{path}.lock").unlink(missing_ok=True)


def _study(path: Path, name: str, identity: dict[str, Any]) -> Any:
    optuna = library("optuna")
    journal = optuna.storages.journal
    backend = journal.JournalFileBackend(str(path), lock_obj=journal.JournalFileOpenLock(str(path)))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # some versions call the journal experimental
            storage = optuna.storages.JournalStorage(backend)
            study = optuna.create_study(storage=storage, study_name=name, load_if_exists=True)
    except (ValueError, KeyError) as reason:
        raise StorageError(
            f"{path}: is damaged ({reason}); move it away, or pass --overwrite to begin anew"
        ) from reason
    kept = study.user_attrs.get(IDENTITY)
    if kept is None:
        study.set_user_attr(IDENTITY, identity)
    elif kept != identity:
        raise ScenarioError(
            f"{path}: holds trials of another calibration ({_told(kept, identity)}); "
            "choose another --store, or pass --overwrite to begin anew"
        )
    return study


def _as_json(value: Mapping[str, Any]) -> dict[str, Any]:
    """The value as it will be read back."""
    told: dict[str, Any] = json.loads(json.dumps(value, default=str))
    return told


def _told(kept: Mapping[str, Any], asked: Mapping[str, Any]) -> str:
    """What differs, the kept value first."""
    old, new = dict(_leaves(kept)), dict(_leaves(asked))
    keys = [key for key in {**old, **new} if old.get(key) != new.get(key)]
    shown = [f"{key} {old.get(key, 'nothing')} instead of {new.get(key, 'nothing')}" for key in keys]
    more = len(shown) - DIFFERENCES_SHOWN
    return "; ".join([*shown[:DIFFERENCES_SHOWN], *([f"and {more} more"] if more > 0 else [])])


def _leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(value, (dict, list)) and value:
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _leaves(inner, f"{path}.{key}" if path else str(key))
    else:
        yield path, value
