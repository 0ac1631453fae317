"""What is to be computed: whose numbers they are, and in which chunks the missing runs are done."""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import pingcang
from pingcang.errors import ScenarioError
from pingcang.scenario.replay import NO_COUNTERFACTUAL

if TYPE_CHECKING:
    from pingcang.scenario import LoadedScenario

ENGINE = (
    "model.py",
    "arithmetic.py",
    "arrays.py",
    "randomness.py",
    "scenario",
    "loaders",
    "market",
    "accounts",
    "agents",
    "rules",
    "results/recorder.py",
    "results/account_audit.py",
    "results/attribution.py",
    "results/causes.py",
    "results/variables.py",
    "_core",
)
"""The parts of the package on which a number in the dataset can depend."""

LARGEST_CHUNK = 8
CHUNKS_A_JOB = 25

RECORDS = ("stocks", "audit")
BLOCK = 2**20
"""Bytes of a data file that are read at a time."""


@dataclass(frozen=True)
class Identity:
    """What makes two runs of the same number the same run; threads, jobs and the command are not in it."""

    scenario: str
    scenario_hash: str
    data_hash: str
    """Of the data files that the scenario names; empty without any."""
    seed: int
    record: tuple[str, ...]
    amplification: bool
    code_version: str

    @classmethod
    def of(cls, loaded: LoadedScenario, seed: int, record: Iterable[str], amplification: bool) -> Self:
        """The identity of runs of this scenario by this code; `record` adds to what the scenario records."""
        asked = {*record, *loaded.scenario.record}
        if unknown := sorted(asked - set(RECORDS)):
            raise ScenarioError(f"record: got {', '.join(unknown)}; it may hold {' and '.join(RECORDS)}")
        if not 0 <= seed < 2**64:
            raise ScenarioError(f"seed: got {seed}; it must lie between 0 and 2^64 - 1")
        if amplification and loaded.scenario.price_formation == "replay":
            raise ScenarioError(f"{loaded.source}: {NO_COUNTERFACTUAL}")
        return cls(
            scenario=loaded.scenario.name,
            scenario_hash=loaded.hash,
            data_hash=data_hash(loaded),
            seed=seed,
            record=tuple(sorted(asked)),
            amplification=bool(amplification),
            code_version=code_version(),
        )

    @classmethod
    def read(cls, attributes: Mapping[str, Any]) -> Self:
        """The identity in a dataset's attributes or a plan; KeyError if it is neither."""
        record = attributes["record"]
        return cls(
            scenario=str(attributes["scenario"]),
            scenario_hash=str(attributes["scenario_hash"]),
            data_hash=str(attributes["data_hash"]),
            seed=int(attributes["seed"]),
            record=tuple(json.loads(record) if isinstance(record, str) else record),
            amplification=bool(attributes["amplification"]),
            code_version=str(attributes["code_version"]),
        )

    def as_dict(self) -> dict[str, Any]:
        """The identity as JSON can hold it."""
        return {**asdict(self), "record": list(self.record)}

    @property
    def digest(self) -> str:
        """SHA-256 of the identity."""
        return hashlib.sha256(json.dumps(self.as_dict(), sort_keys=True).encode()).hexdigest()

    def differences(self, other: Identity) -> list[str]:
        """How `other` differs, as `seed 1 instead of 2`: the other's value first."""
        mine, theirs = self.as_dict(), other.as_dict()
        for told in (mine, theirs):
            told["record"] = ",".join(told["record"]) or "nothing"
            told["amplification"] = "on" if told["amplification"] else "off"
        return [f"{key} {theirs[key]} instead of {mine[key]}" for key in mine if mine[key] != theirs[key]]


@dataclass(frozen=True)
class Plan:
    """What a folder of parts is for."""

    identity: Identity
    runs: int
    """Runs asked for; 0 if the plan does not say."""
    shards: int | None = None
    """Into how many shards they are divided, if they are."""
    replaces: bool = False
    """Whether a store that is there will be replaced (--overwrite)."""

    @classmethod
    def read(cls, text: str) -> Self:
        """The plan in a file; ValueError, KeyError or TypeError if it is damaged."""
        content = json.loads(text)
        shards = content.get("shards")
        return cls(
            Identity.read(content),
            int(content.get("runs", 0)),
            None if shards is None else int(shards),
            bool(content.get("replaces", False)),
        )

    @property
    def text(self) -> str:
        """The plan as JSON."""
        told = {"runs": self.runs, "shards": self.shards, "replaces": self.replaces}
        return json.dumps({**self.identity.as_dict(), **told}, indent=2)


@dataclass(frozen=True)
class Chunk:
    """Some runs that are computed and written together."""

    runs: tuple[int, ...]
    of: str = ""
    """Digest of the identity whose runs these are."""

    @property
    def name(self) -> str:
        """A file name that only these runs of this identity have."""
        digest = zlib.crc32(f"{self.of}:{','.join(map(str, self.runs))}".encode())
        return f"{self.runs[0]:06d}-{self.runs[-1]:06d}-{digest:08x}"


def first_run(name: str) -> int | None:
    """The first run of the chunk of that name; None if no chunk has such a name."""
    number, *rest = name.split("-")
    return int(number) if number.isdecimal() and len(rest) == 2 else None


def chunks(runs: Sequence[int], jobs: int, of: str = "") -> list[Chunk]:
    """The runs in chunks, in order: small, so that an interruption loses little."""
    size = chunk_size(len(runs), jobs)
    return [Chunk(tuple(runs[start : start + size]), of) for start in range(0, len(runs), size)]


def chunk_size(runs: int, jobs: int) -> int:
    """Runs a chunk, when so many runs are divided among so many jobs."""
    return min(LARGEST_CHUNK, max(1, runs // (jobs * CHUNKS_A_JOB)))


def default_path(identity: Identity) -> Path:
    """results/NAME-SEED-HASH8.zarr."""
    return Path("results") / f"{identity.scenario}-{identity.seed}-{identity.scenario_hash[:8]}.zarr"


def data_hash(loaded: LoadedScenario) -> str:
    """SHA-256 of the data files that the scenario names; `ScenarioError` if one cannot be read."""
    scenario = loaded.scenario
    prices = None if scenario.replay is None else scenario.replay.prices
    tables = [path for cohort in scenario.cohorts.values() for path in cohort.tables or ()]
    named = [scenario.securities.table, prices, *dict.fromkeys(tables)]
    digest = hashlib.sha256()
    for name in filter(None, named):
        file = Path(loaded.base_folder) / name
        try:
            with file.open("rb") as content:
                while block := content.read(BLOCK):
                    digest.update(block)
        except OSError as reason:
            raise ScenarioError(f"{loaded.source}: {file}: cannot be read ({reason.strerror})") from reason
    return digest.hexdigest() if any(named) else ""


def code_version() -> str:
    """Version and fingerprint of the installed engine: results of changed code are not reused."""
    package = Path(pingcang.__file__).parent
    digest = hashlib.sha256()
    for name in ENGINE:
        place = package / name
        for file in sorted(place.rglob("*")) if place.is_dir() else [place]:
            if file.suffix in {".py", ".so", ".pyd"} and file.is_file():
                digest.update(f"{file.relative_to(package).as_posix()}\0".encode())
                digest.update(file.read_bytes())
    return f"{pingcang.__version__}+{digest.hexdigest()[:12]}"
