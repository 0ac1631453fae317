"""A real Dask cluster on this machine: a scheduler and workers, each a process of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

TESTS = Path(__file__).parent


class RealCluster:
    """Starts and kills processes; every port is one that was free."""

    def __init__(self, folder, **settings):
        self.folder, self.processes, self.workers = folder, [], []
        self.environment = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join([str(TESTS), os.environ.get("PYTHONPATH", "")]),
            "OMP_NUM_THREADS": "1",
            "DASK_DISTRIBUTED__WORKER__DAEMON": "False",
            **{f"DASK_DISTRIBUTED__{name.upper()}": str(value) for name, value in settings.items()},
        }
        file = folder / "scheduler.json"
        self.scheduler = self._start("scheduler", "--port", 0, "--scheduler-file", file)
        self.address = json.loads(_when_there(file))["address"]

    def add_worker(self, *options, **environment):
        """Start a worker of one thread; without options it has no nanny, so its process is the worker."""
        options = options or ("--no-nanny",)
        place = ("--local-directory", self.folder, "--nthreads", 1)
        worker = self._start("worker", self.address, *place, *options, **environment)
        self.workers.append(worker)
        return worker

    def _start(self, what, *arguments, **environment):
        log = (self.folder / f"{what}-{len(self.processes)}.log").open("w")
        command = [sys.executable, "-m", f"distributed.cli.dask_{what}", "--host", "127.0.0.1", "--no-dashboard"]
        process = subprocess.Popen(
            [*command, *map(str, arguments)],
            env={**self.environment, **environment},
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        log.close()
        self.processes.append(process)
        return process

    def stop(self):
        """End the workers first; what does not end by itself is killed, with the processes it has started."""
        for process in reversed(self.processes):
            process.terminate()
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


@contextmanager
def real_cluster(folder, workers=2, **settings):
    """A scheduler and workers without nannies; they end with the block."""
    folder.mkdir()
    cluster = RealCluster(folder, **settings)
    try:
        for _ in range(workers):
            cluster.add_worker()
        yield cluster
    finally:
        cluster.stop()


def _when_there(file):
    until = time.monotonic() + 30
    while time.monotonic() < until:
        try:
            if content := file.read_text():
                json.loads(content)
                return content
        except (OSError, ValueError):
            pass
        time.sleep(0.05)
    raise TimeoutError(f"{file} did not appear")
