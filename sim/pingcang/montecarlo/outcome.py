"""What became of a request for runs."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from pingcang.errors import PingcangError


@dataclass(frozen=True)
class Outcome:
    """What became of the request."""

    store: Path
    runs: int
    """Runs asked for; of a shard, its own."""
    computed: int
    """Runs computed now; the others were there already."""
    failures: dict[int, str] = field(default_factory=dict)
    """Run -> traceback of the runs that failed; they are not in the store."""
    damaged: tuple[str, ...] = ()
    """Parts of an earlier attempt that were damaged, so that their runs were computed again."""
    merged: bool = True
    """Whether the store holds the runs; a shard leaves them in PATH.parts."""

    @property
    def failed_runs(self) -> list[int]:
        """The runs that failed, in order."""
        return sorted(self.failures)


class RunsFailedError(PingcangError):
    """Not one run succeeded, so that there is no dataset."""

    def __init__(self, failures: dict[int, str], ledger: Path) -> None:
        run = min(failures)
        super().__init__(
            f"all {len(failures)} runs failed, so there is no dataset; their tracebacks are in {ledger}; "
            f"run {run}: {last_line(failures[run])}"
        )
        self.failures = failures


def last_line(traceback: str) -> str:
    """What went wrong, without where."""
    return traceback.strip().splitlines()[-1]
