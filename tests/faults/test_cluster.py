"""Runs on a real Dask cluster of this machine, and what can go wrong with one."""

import os
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

import pingcang
from dask_cluster import real_cluster
from fakes import FakeMarket, loaded
from pingcang.errors import ScenarioError, StorageError
from pingcang.montecarlo import cluster as module
from pingcang.montecarlo.cluster import connected
from pingcang.montecarlo.runner import run_many
from pingcang.results.compare import differences
from pingcang.results.storage import open_results
from pingcang.scenario import load_scenario

TESTS = Path(__file__).parents[1]

pytestmark = pytest.mark.skipif(os.name == "nt", reason="SIGKILL is of POSIX")


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    """Two workers; a test that kills one must start its own."""
    with real_cluster(tmp_path_factory.mktemp("shared") / "cluster") as running:
        yield running


def run(store, runs=6, market=None, **request):
    return run_many(loaded(text="made up"), runs=runs, out=store, simulate=market or FakeMarket(), **request)


def finished_parts(store):
    return len(list(Path(f"{store}.parts").glob("0*.json")))


class AfterTheFirstPart:
    """Hears of progress, and acts once, when a part is finished and others are still to be computed."""

    def __init__(self, store, parts, act):
        self.store, self.parts, self.act, self.seen = store, parts, act, None

    def __call__(self, advanced):
        if advanced and self.seen is None:
            self.seen = finished_parts(self.store)
            assert 0 < self.seen < self.parts
            self.act()


def test_a_worker_killed_midway_changes_no_bit_of_the_dataset(tmp_path):
    market = load_scenario("china_2015", overrides={"scale": 0.001, "calendar.days": 5})
    request = {"runs": 12, "seed": 1, "record": ["stocks"], "amplification": True}
    run_many(market, out=tmp_path / "local.zarr", threads=1, **request)
    with real_cluster(tmp_path / "cluster") as own:
        kill = AfterTheFirstPart(tmp_path / "x.zarr", 12, own.workers[0].kill)
        run_many(market, out=tmp_path / "x.zarr", scheduler=own.address, on_progress=kill, **request)
        assert own.workers[0].wait() == -signal.SIGKILL and own.workers[1].poll() is None
    assert differences(open_results(tmp_path / "x.zarr"), open_results(tmp_path / "local.zarr")) == []
    assert sorted(file.name for file in tmp_path.iterdir()) == ["cluster", "local.zarr", "x.zarr"]


def test_a_run_that_kills_every_worker_is_recorded_as_failed_and_the_others_are_kept(tmp_path):
    with real_cluster(tmp_path / "cluster", workers=0, scheduler__allowed_failures=0) as own:
        for _ in range(2):
            own.add_worker("--nanny")
        outcome = run(tmp_path / "x.nc", 100, FakeMarket(kill=(3,)), scheduler=own.address)  # two runs a chunk
    assert outcome.failed_runs == [3] and "worker process died" in outcome.failures[3]
    assert open_results(tmp_path / "x.nc")["run"].values.tolist() == [run for run in range(100) if run != 3]


def test_a_lost_scheduler_loses_no_finished_part(tmp_path):
    with real_cluster(tmp_path / "cluster") as own:
        kill = AfterTheFirstPart(tmp_path / "x.zarr", 12, own.scheduler.kill)
        with pytest.raises(StorageError, match=r"the scheduler is lost.*of 12 runs are finished and kept"):
            run(tmp_path / "x.zarr", 12, FakeMarket(sleep=0.1), scheduler=own.address, on_progress=kill)
    assert run(tmp_path / "x.zarr", 12).computed < 12
    run(tmp_path / "y.zarr", 12)
    assert differences(open_results(tmp_path / "x.zarr"), open_results(tmp_path / "y.zarr")) == []


def test_ctrl_c_is_answered_in_one_line_and_the_cluster_serves_the_next_command(tmp_path, cluster):
    command = [sys.executable, "-W", "error", TESTS / "fake_cli.py", "run", "made_up", "--runs", 20, "--quiet"]
    process = subprocess.Popen(
        [*map(str, command), "--scheduler", cluster.address, "--out", str(tmp_path / "x.zarr")],
        env={**os.environ, "FAKE_SLEEP": "0.4"},
        stderr=subprocess.PIPE,
        text=True,
    )
    while not finished_parts(tmp_path / "x.zarr"):
        assert process.poll() is None, process.stderr.read()
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=30)
    assert process.returncode == 130
    assert told.startswith("pingcang: interrupted: ") and told.count("\n") == 1
    assert "of 20 runs are finished and kept" in told
    assert 0 < run(tmp_path / "x.zarr", 20, scheduler=cluster.address).computed < 20


def test_failed_runs_and_audit_tables_travel_as_from_local_processes(tmp_path, cluster):
    market = FakeMarket(fail=(1,))
    request = {"record": ["audit", "stocks"], "market": market}
    for name, where in (("x", {"scheduler": cluster.address}), ("y", {"jobs": 2})):
        assert run(tmp_path / f"{name}.nc", **where, **request).failed_runs == [1]
    assert differences(open_results(tmp_path / "x.nc"), open_results(tmp_path / "y.nc")) == []
    for name in ("audit", "causes"):
        assert (tmp_path / f"x.{name}.parquet").read_bytes() == (tmp_path / f"y.{name}.parquet").read_bytes()


def test_workers_that_do_not_share_the_folder_are_refused_before_anything_is_computed(tmp_path, cluster, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(module, "SEEN_WITHIN", 0.3)
    log = tmp_path / "log"
    elsewhere = Path("/proc/self/cwd/x.zarr")  # one path that leads each process to another folder
    with pytest.raises(StorageError, match=r"does not see this folder; choose an --out on a disk that"):
        run(elsewhere, market=FakeMarket(log=log), scheduler=cluster.address)
    assert not log.exists()


def test_workers_that_see_the_folder_a_little_later_are_waited_for(tmp_path, cluster, monkeypatch):
    monkeypatch.chdir(tmp_path)
    there = tmp_path / "there"
    there.mkdir()
    with connected(cluster.address) as workers:
        workers._client.run(os.chdir, there)
        later = threading.Timer(1.0, workers._client.run, (os.chdir, tmp_path))
        later.start()
        try:
            assert run(Path("/proc/self/cwd/x.zarr"), workers=workers).computed == 6
        finally:
            later.join()
            workers._client.run(os.chdir, TESTS)
    assert list(there.iterdir()) == []


def test_a_part_that_is_not_to_be_seen_here_is_told(tmp_path, cluster, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(module, "SEEN_WITHIN", 0.3)
    monkeypatch.setattr(module.Cluster, "_check_folder", lambda cluster, folder: None)
    there = Path.cwd() / "there"
    (there / "x.zarr.parts").mkdir(parents=True)
    with connected(cluster.address) as workers:
        workers._client.run(os.chdir, there)
        with pytest.raises(StorageError, match=r"has written this part, but it is not to be seen here"):
            run(Path("/proc/self/cwd/x.zarr"), workers=workers)
        workers._client.run(os.chdir, TESTS)


def test_workers_with_another_version_of_the_code_are_refused_with_both_versions(tmp_path):
    shutil.copytree(Path(pingcang.__file__).parent, tmp_path / "old" / "pingcang")
    with (tmp_path / "old" / "pingcang" / "arithmetic.py").open("a") as changed:
        changed.write("\n")
    with real_cluster(tmp_path / "cluster", workers=0) as own:
        own.add_worker(PYTHONPATH=os.pathsep.join([str(tmp_path / "old"), str(TESTS)]))
        with pytest.raises(ScenarioError, match=rf"runs pingcang \S+ and this is {pingcang.__version__}\+\w+, so its"):
            run(tmp_path / "x.zarr", scheduler=own.address)
    assert not (tmp_path / "x.zarr.parts").exists()


def test_a_cluster_without_workers_is_told_when_patience_ends(tmp_path):
    with (
        real_cluster(tmp_path / "cluster", workers=0) as own,
        pytest.raises(
            StorageError, match=r"there has been no worker for 1 seconds; start some with dask worker tcp://"
        ),
        connected(own.address, patience=1.0),
    ):
        pass


def test_an_address_at_which_nobody_answers_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "CONNECT_WITHIN", 0.5)
    with pytest.raises(StorageError, match=r"tcp://127\.0\.0\.1:9: no scheduler answers within .*; start one"):
        run(tmp_path / "x.zarr", scheduler="tcp://127.0.0.1:9")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("address", ["localhost:8786", "tcp://host", "http://host:1", "tcp://host:1/path"])
def test_what_is_no_address_is_refused(tmp_path, address):
    with pytest.raises(ScenarioError, match=rf"--scheduler: got '{address}', must be tcp://HOST:PORT"):
        run(tmp_path / "x.zarr", scheduler=address)


def test_a_missing_library_is_told_with_the_way_to_install_it(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(ScenarioError, match=r"pip install 'pingcang\[cluster\]'"):
        run(tmp_path / "x.zarr", scheduler="tcp://127.0.0.1:9")


@pytest.mark.parametrize(
    ("other", "told"), [({"jobs": 2}, "--jobs: got 2 together"), ({"shard": "1/2"}, "--shard: cannot be used together")]
)
def test_a_scheduler_that_divides_the_runs_is_not_given_with_another_division(tmp_path, other, told):
    with pytest.raises(ScenarioError, match=told):
        run(tmp_path / "x.zarr", scheduler="tcp://127.0.0.1:9", **other)
