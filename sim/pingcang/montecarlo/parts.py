"""Finished runs wait in PATH.parts/ until they are merged: one part a chunk, with its entry in the ledger.

A chunk NAME leaves `NAME.npz` (its arrays), `NAME.audit.parquet` and `NAME.causes.parquet` (its audit tables, if
recorded) and, written last, `NAME.json`, its ledger entry: which runs are done, which failed with which traceback, and
the files' SHA-256.
A part without an entry was never finished; one that does not match its entry, or whose name does not say these
runs of this identity, is damaged. Two chunks of the same name hold the same bits, so any number of processes on
any number of machines can share the folder.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from pingcang.errors import ScenarioError, StorageError
from pingcang.montecarlo.plan import Chunk, Identity, Plan
from pingcang.results.audit import AuditWriter
from pingcang.results.dataset import RunResult
from pingcang.results.files import created, remove, storage_errors, written_whole

PLAN = "plan.json"
OURS = re.compile(r"\.?(plan|\d{6,}-\d{6,}-[0-9a-f]{8})\.")


@dataclass(frozen=True)
class Entry:
    """A line of the ledger: what became of a chunk."""

    name: str
    done: tuple[int, ...]
    failures: dict[int, str]
    """Run -> traceback."""
    sums: dict[str, str]
    """File -> SHA-256."""

    @classmethod
    def read(cls, file: Path) -> Self:
        """The entry in a ledger file; ValueError, KeyError or OSError if it is damaged."""
        content = json.loads(file.read_text(encoding="utf-8"))
        if content.pop("sha256") != _digest(content):
            raise ValueError(f"{file} is damaged")
        failures = {int(run): trace for run, trace in content["failures"].items()}
        return cls(content["name"], tuple(content["done"]), failures, dict(content["sums"]))

    @property
    def text(self) -> str:
        """The entry as JSON, with its own checksum."""
        content = json.loads(json.dumps(asdict(self)))
        return json.dumps({**content, "sha256": _digest(content)})

    def is_of(self, identity: Identity) -> bool:
        """Whether these are runs of that identity, by the name of the chunk."""
        runs = tuple(sorted({*self.done, *self.failures}))
        return bool(runs) and self.name == Chunk(runs, identity.digest).name


def _digest(content: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


class PartWriter:
    """Collects the runs of a chunk and writes them as a part; audit tables go to the disk run by run."""

    def __init__(self, folder: Path, chunk: Chunk) -> None:
        self._folder = folder
        self._chunk = chunk
        self._results: list[RunResult] = []
        self._failures: dict[int, str] = {}
        self._tables: dict[Path, AuditWriter] = {}
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: Any) -> None:
        self._stack.__exit__(*error)

    def add(self, result: RunResult) -> None:
        """Keep a finished run."""
        for name, rows in result.tables.items():
            file = self._folder / f"{self._chunk.name}.{name}.parquet"
            if file not in self._tables:
                temporary = self._stack.enter_context(written_whole(file))
                self._tables[file] = self._stack.enter_context(AuditWriter(temporary))
            self._tables[file].add(result.run, rows)
        self._results.append(replace(result, audit=None, causes=None))

    def fail(self, run: int, trace: str) -> None:
        """Record that a run failed."""
        self._failures[run] = trace

    def finish(self) -> Entry:
        """Write the part, then its ledger entry."""
        self._stack.close()
        files = list(self._tables)
        if self._results:
            files.append(self._folder / f"{self._chunk.name}.npz")
            write_bytes(files[-1], _packed(self._results))
        done = tuple(result.run for result in self._results)
        sums = {file.name: checksum(file) for file in files}
        entry = Entry(self._chunk.name, done, self._failures, sums)
        write_bytes(self._folder / f"{self._chunk.name}.json", entry.text.encode())
        return entry


class Parts:
    """The folder of parts of one store, all of one identity."""

    def __init__(self, store: Path) -> None:
        self._store = store
        self.folder = store.with_name(f"{store.name}.parts")

    def plan(self) -> Plan | None:
        """What the folder is for; None if there is no plan, or only a damaged one.

        `ScenarioError` if the folder is none of ours.
        """
        if not self.folder.exists():
            return None
        if not self.is_ours():
            raise ScenarioError(f"{self.folder}: this is no folder of parts; choose another --out, or move it away")
        try:
            return Plan.read((self.folder / PLAN).read_text(encoding="utf-8"))
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return None  # the names of the parts tell whose they are, too

    def check(self, plan: Plan) -> None:
        """Refuse, as `ScenarioError`, a folder that holds something else, parts of other runs, or other shards."""
        there = self.plan()
        if there is None:
            return
        if what := plan.identity.differences(there.identity):
            raise ScenarioError(
                f"{self.folder}: unfinished parts of other runs are there ({'; '.join(what)}); "
                "choose another --out, or pass --overwrite to discard them"
            )
        if plan.shards is not None and there.shards is not None:
            self._check_shards(plan, there)

    def _check_shards(self, plan: Plan, there: Plan) -> None:
        if plan.shards != there.shards:
            raise ScenarioError(
                f"{self.folder}: --shard: got K/{plan.shards}, but the runs there are divided into {there.shards} "
                f"shards; use K/{there.shards}, or finish them with the same command without --shard"
            )
        if plan.runs < there.runs:
            raise ScenarioError(
                f"{self.folder}: --runs: got {plan.runs}, but {there.runs} runs are divided into shards there; "
                f"use --runs {there.runs} for every shard"
            )

    def is_ours(self) -> bool:
        """Whether the folder has a plan, or nothing but what can be left of one of ours."""
        if not self.folder.is_dir():
            return False
        plan, aside = self.folder / PLAN, f".{self._store.stem}."
        return plan.is_file() or all(
            OURS.match(file.name) or file.name.startswith(aside) for file in self.folder.iterdir()
        )

    def open(self, plan: Plan) -> None:
        """Make the folder, with the plan that says whose parts these are.

        `ScenarioError` if another process opens it for something else at this moment.
        """
        file = self.folder / PLAN
        with storage_errors(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
            if self.plan() == plan:
                return
            if file.exists():
                write_bytes(file, plan.text.encode())
            elif not created(file, plan.text.encode()):
                self.check(plan)

    def remove(self) -> None:
        """Remove the folder: its ledger first and its plan last, so that a kill meanwhile does no harm."""
        if not self.folder.is_dir():
            return
        inside = sorted(self.folder.iterdir(), key=lambda file: (file.name == PLAN, file.suffix != ".json"))
        for file in (*inside, self.folder):
            remove(file)

    def survey(self, identity: Identity, *, sums: bool = True) -> tuple[list[Entry], list[str]]:
        """The entries of the ledger in order, and the names of damaged parts; `sums` reads every part whole."""
        good, damaged = [], []
        for file in sorted(self.folder.glob("*.json")):
            if file.name == PLAN or file.name.startswith("."):
                continue
            entry = self._intact(file, identity, sums)
            if entry is None:
                damaged.append(file.stem)
            else:
                good.append(entry)
        return good, damaged

    def _intact(self, file: Path, identity: Identity, sums: bool) -> Entry | None:
        try:
            entry = Entry.read(file)
            intact = entry.name == file.stem and entry.is_of(identity)
            if intact and sums:
                intact = all(checksum(self.folder / name) == known for name, known in entry.sums.items())
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return None
        return entry if intact else None

    def discard(self, names: Iterable[str]) -> None:
        """Strike parts from the ledger."""
        for name in names:
            (self.folder / f"{name}.json").unlink(missing_ok=True)

    def load(self, entry: Entry, runs: Iterable[int]) -> list[RunResult]:
        """These runs of a part; `StorageError` if it was damaged since it was surveyed."""
        file = self.folder / f"{entry.name}.npz"
        try:
            content = file.read_bytes()
        except OSError as reason:
            raise StorageError(
                f"{file}: cannot be read ({reason.strerror}); the same command computes it again"
            ) from reason
        if hashlib.sha256(content).hexdigest() != entry.sums[file.name]:
            raise StorageError(f"{file}: this part is damaged; the same command computes it again")
        return _unpacked(content, set(runs))


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file whole or not at all."""
    with written_whole(path) as temporary:
        temporary.write_bytes(content)


def checksum(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _packed(results: list[RunResult]) -> bytes:
    first = results[0]
    arrays: dict[str, NDArray[Any]] = {"runs": np.array([result.run for result in results])}
    for name in first.variables:
        arrays[f"variable:{name}"] = np.stack([result.variables[name] for result in results])
    arrays |= {f"coordinate:{name}": np.asarray(labels) for name, labels in first.coordinates.items()}
    buffer = io.BytesIO()
    np.savez(buffer, allow_pickle=False, **arrays)
    return buffer.getvalue()


def _unpacked(content: bytes, wanted: set[int]) -> list[RunResult]:
    with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
        kinds: dict[str, dict[str, NDArray[Any]]] = {"variable": {}, "coordinate": {}}
        for key in arrays.files:
            kind, _, name = key.partition(":")
            if name:
                kinds[kind][name] = arrays[key]
        runs = arrays["runs"].tolist()
    return [
        RunResult(run, {name: array[at] for name, array in kinds["variable"].items()}, kinds["coordinate"])
        for at, run in enumerate(runs)
        if run in wanted
    ]
