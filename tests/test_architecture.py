"""Imports point downward only.

cli, app, course, report → study → montecarlo → model → agents → accounts, market, rules → scenario.
The kernels are the ground: they know arrays, not scenarios.
"""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SIM, KERNELS = ROOT / "sim" / "pingcang", ROOT / "ext" / "pingcang" / "_core"

FLOORS = [
    {"_core"},
    {"errors", "arithmetic", "arrays", "randomness", "language", "said"},
    {"scenario", "loaders"},
    {"accounts", "market", "rules"},
    {"agents", "reference"},
    {"model"},
    {"results", "montecarlo"},
    {"study", "validate", "leverage", "trace"},
    {"calibrate"},
    {"cli", "app", "course", "report", "__init__", "__main__"},
]
"""From the ground to the roof; a package may import its own floor and those below it."""
FLOOR = {name: height for height, names in enumerate(FLOORS) for name in names}
KERNEL_CONSTANTS = {"pingcang.randomness", "pingcang.market.orders", "pingcang.rules.price_limit"}
"""What kernels may import: names of draws, numbers of sides and kinds, and the highest price."""
OWNERS_OF_ARRAYS = {
    "accounts.brokers",
    "accounts.conservation",
    "accounts.initial",
    "accounts.loan_ages",
    "accounts.population",
    "agents.accounts",
    "agents.pacing",
    "agents.portfolios",
    "agents.rest_of_market",
    "market.securities",
    "model",
    "results.recorder",
}
"""The modules that hold the arrays a kernel works on."""
UPWARD_BY_CONTRACT = {("model", "results")}
"""A run records itself: MarginMarket hands its days to results.recorder, which imports the market for types only."""

MODULES = {".".join(path.relative_to(SIM).with_suffix("").parts): path for path in sorted(SIM.rglob("*.py"))}


def imports(path):
    """(module, whether it is imported at run time) of everything a file imports from the package."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    only_types = {
        id(node)
        for test in ast.walk(tree)
        if isinstance(test, ast.If) and ast.unparse(test.test) == "TYPE_CHECKING"
        for node in ast.walk(test)
    }
    asked_of_the_roof = {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and ast.unparse(node.value) == "pingcang"
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are absolute"
            names = [node.module]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
            if names == ["pingcang"] and asked_of_the_roof <= {"__version__", "__file__"}:
                continue
        else:
            continue
        for name in names:
            if name == "pingcang" or name.startswith("pingcang."):
                yield name, id(node) not in only_types


def package_of(module):
    parts = module.removeprefix("pingcang").strip(".").split(".")
    return parts[0] or "__init__"


def test_every_package_has_its_floor():
    assert {package_of(module) for module in MODULES} <= FLOOR.keys()


@pytest.mark.parametrize("module", MODULES)
def test_a_module_imports_downward_only(module):
    here = package_of(module)
    for imported, at_run_time in imports(MODULES[module]):
        there = package_of(imported)
        allowed = FLOOR[there] <= FLOOR[here] or (here, there) in UPWARD_BY_CONTRACT
        assert allowed or not at_run_time, f"{module} imports {imported}, which stands above it"


@pytest.mark.parametrize("module", MODULES)
def test_only_the_modules_that_own_arrays_import_kernels(module):
    used = [name for name, _ in imports(MODULES[module]) if name.startswith("pingcang._core")]
    if used and not module.startswith("_core"):
        assert module in OWNERS_OF_ARRAYS, f"{module} imports {used[0]}"


def test_the_list_of_owners_is_not_longer_than_it_must_be():
    users = {
        name
        for name, path in MODULES.items()
        if any(target.startswith("pingcang._core") for target, _ in imports(path))
    }
    assert {name for name in users if not name.startswith("_core")} == OWNERS_OF_ARRAYS


@pytest.mark.parametrize("kernel", sorted(path.name for path in KERNELS.glob("*.py[xd]")))
def test_kernels_import_nothing_but_constants_and_one_another(kernel):
    text = (KERNELS / kernel).read_text(encoding="utf-8")
    imported = re.findall(r"^\s*(?:from|import)\s+([\w.]+)", text, re.MULTILINE)
    for name in imported:
        ground = name.startswith((".", "libc", "cython", "cpython", "openmp")) or name == "numpy"
        assert ground or name in KERNEL_CONSTANTS, f"{kernel} imports {name}"


def test_the_reference_shares_no_kernel_with_the_engine():
    for module, path in MODULES.items():
        if module.startswith("reference"):
            assert not [name for name, _ in imports(path) if name.startswith("pingcang._core")], module


def test_the_scenario_knows_nothing_of_the_engine():
    for module, path in MODULES.items():
        if module.startswith("scenario"):
            assert {package_of(name) for name, _ in imports(path)} <= {"scenario", "errors"}, module


def test_loaders_know_files_alone():
    """They turn files of real data into arrays, and know neither scenarios nor the engine."""
    for module, path in MODULES.items():
        if module.startswith("loaders"):
            assert {package_of(name) for name, _ in imports(path)} <= {"loaders", "errors", "arrays"}, module


def test_only_the_fetching_of_margin_figures_talks_to_the_network():
    """`pingcang fetch` alone; Dask talks to a cluster that `--scheduler` names; `pingcang app` only answers."""
    network = {
        "akshare",
        "requests",
        "urllib3",
        "urllib.request",
        "http",
        "socket",
        "ssl",
        "ftplib",
        "aiohttp",
        "httpx",
    }
    found = {
        module
        for module, path in MODULES.items()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in ([node.module] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names])
        if network & {name, name.split(".")[0]}
    }
    assert found == {"leverage.fetch.answers", "leverage.fetch.source", "leverage.fetch.wire"}


def test_rules_are_arithmetic_alone():
    """One lever, one file: a rule knows integers and floats, neither arrays nor agents."""
    for module, path in MODULES.items():
        if module.startswith("rules."):
            assert {name for name, _ in imports(path)} <= {"pingcang.arithmetic"}, module
