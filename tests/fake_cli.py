"""`pingcang` with the made-up market: python tests/fake_cli.py run made_up …

The environment says what goes wrong: FAKE_SLEEP (seconds a run), FAKE_FAIL and FAKE_KILL (runs), FAKE_LOG (a
file that hears of every run), FAKE_LIMIT (bytes that a file may have: a full disk).
"""

from __future__ import annotations

import functools
import os
import sys
from pathlib import Path

import fakes


def runs_in(name):
    return tuple(int(run) for run in os.environ.get(name, "").split())


def main():
    import pingcang.montecarlo.runner as runner
    import pingcang.scenario as scenario
    from pingcang.cli import main as real

    market = fakes.FakeMarket(
        fail=runs_in("FAKE_FAIL"),
        kill=runs_in("FAKE_KILL"),
        sleep=float(os.environ.get("FAKE_SLEEP", "0")),
        log=Path(os.environ["FAKE_LOG"]) if "FAKE_LOG" in os.environ else None,
    )
    scenario.load_scenario = lambda name, settings=(): fakes.loaded(name, text="\n".join(["made up", *settings]))
    runner.run_many = functools.partial(runner.run_many, simulate=market)
    if "FAKE_LIMIT" in os.environ:
        import resource

        limit = int(os.environ["FAKE_LIMIT"])
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    real()


if __name__ == "__main__":
    sys.exit(main())
