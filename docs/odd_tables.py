"""The tables of docs/odd.md: from the inventory of the state, the source of the day, the rules and the schema."""

from __future__ import annotations

import ast
import importlib
import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from runpy import run_path
from textwrap import dedent
from typing import Any

import yaml

from pingcang.accounts.conservation import audit_books
from pingcang.accounts.counter_cyclical import new_loan_margin
from pingcang.agents.accounts import POPULATIONS, MarginPopulation
from pingcang.agents.pacing import pace
from pingcang.agents.portfolios import Fund, NationalTeam
from pingcang.agents.replayed_market import ReplayedMarket
from pingcang.agents.rest_of_market import RestOfMarket
from pingcang.market.session import Auction
from pingcang.market.state import StockState
from pingcang.model import MarginMarket
from pingcang.montecarlo.fork.inventory import leaves
from pingcang.scenario import load_scenario, schema

HERE = Path(__file__).parent
ROOT = HERE.parent
TITLES = {
    "book": "Margin account",
    "cohort": "Cohort of margin accounts",
    "stocks": "Stock",
    "market": "Market",
    "rest": "Rest of the market",
    "purses": "Purses",
    "tape": "Tape, what kernels read of the moment",
    "fund": "Fund",
    "team": "National team",
}
RECORDS = {"recorder", "audit", "causes"}
PHASES = ("open", "decide", "clear", "settle", "check", "watch_index", "close")
RECEIVERS: dict[str, dict[str, type]] = {
    "self": {"market": MarginMarket},
    "self.stocks": {"stocks": StockState},
    "self.rest": {"rest of the market": RestOfMarket},
    "self.margin_accounts": {"margin accounts": MarginPopulation},
    "population": {"margin accounts": MarginPopulation},
    "participant": {"everybody who orders": MarginPopulation},
    "holder": {"funds": Fund, "national team": NationalTeam},
    "fund": {"funds": Fund},
    "auction": {"market": Auction},
}
"""What stands before the dot in the code of a day -> who does it, by the class whose method is called."""
FUNCTIONS = {"pace": pace, "audit_books": audit_books, "new_loan_margin": new_loan_margin}
NO_STEPS = {"draws", "market_return", "index_value", "index_at_open"}
"""Methods that answer a question and change nothing."""
SETTINGS: dict[str, Any] = {
    "calendar": schema.Calendar,
    "exchange": schema.Exchange,
    "exchange.suspensions": schema.Suspensions,
    "rules": schema.Rules,
    "cohorts.retail.behaviour": schema.Behaviour,
    "cohorts.retail.behaviour.appetite": schema.Appetite,
    "cohorts.shadow.contract": schema.Contract,
    "funds": schema.Funds,
    "funds.redemptions": schema.Redemptions,
    "impact": schema.Impact,
}
"""Sections whose values stand in the table of parameters."""
SHOWN = ("china_2015", "china_2025")
READY_MADE = ("one_account", "two_accounts_one_stock", "limit_pin", *SHOWN, "us_2020")


class DriftError(Exception):
    """The page's words and the engine's state name different things."""


def odd_page() -> str:
    """docs/odd.md with its tables as they are now."""
    page = run_path(str(ROOT / "experiments" / "common" / "page.py"))
    text = (HERE / "odd.md").read_text(encoding="utf-8")
    return str(page["embedded"](text, {name: make() for name, make in BLOCKS.items()}))


def table(head: str, rows: list[tuple[str, ...]]) -> str:
    """A table in Markdown; the head as `a | b`."""
    lines = [f"| {head} |", "|" + "---|" * len(head.split("|"))]
    return "\n".join([*lines, *(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |" for row in rows)])


def first_sentence(thing: Any) -> str:
    """The first line of a docstring, without its full stop."""
    return inspect.cleandoc(thing.__doc__ or "").partition("\n")[0].removesuffix(".")


# ---- entities and state -------------------------------------------------------------------------------------------


def entities() -> str:
    """Who is in the market: class, and what its docstring says it is."""
    classes = [*dict.fromkeys(POPULATIONS.values()), Fund, NationalTeam, RestOfMarket, ReplayedMarket]
    return table("class | what it is", [(f"`{kind.__name__}`", first_sentence(kind)) for kind in classes])


def state() -> str:
    """Every state variable of a live market, with its meaning."""
    meanings = yaml.safe_load((HERE / "odd_state.yaml").read_text(encoding="utf-8"))
    found = state_found()
    known = {(part, name) for part, names in meanings.items() for name in names}
    if known != set(found):
        raise DriftError(f"docs/odd_state.yaml and the engine's state differ: {sorted(known ^ set(found))}")
    blocks = []
    for part, title in TITLES.items():
        rows = [(f"`{name}`", found[part, name], meaning) for name, meaning in meanings[part].items()]
        blocks.append(f"*{title}*\n\n{table('variable | type, of each | meaning', rows)}")
    return "\n\n".join(blocks)


def state_found() -> dict[tuple[str, str], str]:
    """(part, variable) -> type and what it is one of, from the inventory that forks are kept by."""
    market = MarginMarket("limit_pin", funds={"count": 1, "share_of_float": 0.1})
    found: dict[tuple[str, str], str] = {}
    for leaf in leaves(market):
        holder, name = leaf.path.split(".")[:2]
        part = holder.partition(":")[0]
        if part not in RECORDS:
            found[part, name] = _kind(part, name, leaf.value)
    return found


def _kind(part: str, name: str, value: Any) -> str:
    if not hasattr(value, "dtype"):
        return type(value).__name__
    of = {"book": "account", "cohort": "account"}.get(part, "stock")
    if part == "book" and value.ndim == 2:
        of = "slot"
    return f"{value.dtype}, {'sector' if name == 'heat' else of}"


# ---- the day ------------------------------------------------------------------------------------------------------


def schedule() -> str:
    """What happens in a trading day, in the order of the calls in MarginMarket."""
    rows = []
    for phase in PHASES:
        rows.append((f"**{phase}**", "", first_sentence(getattr(MarginMarket, phase))))
        rows += [("", who, told) for who, told in calls(phase)]
    return table("phase | who | what", rows)


def calls(method: str) -> Iterator[tuple[str, str]]:
    """Who does what in a method of MarginMarket, in the order of its source; its private methods opened up."""
    tree = ast.parse(dedent(inspect.getsource(getattr(MarginMarket, method))))
    found = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    for call in sorted(found, key=lambda node: (node.lineno, node.col_offset)):
        yield from _steps(call)


def _steps(call: ast.Call) -> Iterator[tuple[str, str]]:
    name = ast.unparse(call.func)
    if name in FUNCTIONS:
        yield "market", _linked(FUNCTIONS[name])
    receiver, _, method = name.rpartition(".")
    if receiver == "self" and method.startswith("_"):
        yield from calls(method)
        return
    if method == "do":
        method = ast.literal_eval(call.args[0])
    for who, kind in RECEIVERS.get(receiver, {}).items():
        if method not in NO_STEPS and hasattr(kind, method):
            yield who, _linked(getattr(kind, method))


def _linked(done: Any) -> str:
    return f"{first_sentence(done)} (`{done.__qualname__}`)"


# ---- rules and parameters -----------------------------------------------------------------------------------------


def rules() -> str:
    """One row a file of pingcang/rules: what it is, and its source."""
    rows = []
    for path in sorted((ROOT / "sim" / "pingcang" / "rules").glob("[!_]*.py")):
        text = inspect.cleandoc(importlib.import_module(f"pingcang.rules.{path.stem}").__doc__ or "")
        source = re.search(r"\bSource(?: of [^:]*)?: (.*?)(?=\n\n|\Z)", text, re.S)
        told = text.partition("\n\n")[0]
        rows.append((f"`{path.stem}`", " ".join(told.split()), " ".join(source[1].split()) if source else "—"))
    return table("rule | statement | source", rows)


def parameters() -> str:
    """Parameters of the sections that drive a day, with their values in two scenarios."""
    loaded = {name: load_scenario(name).scenario for name in SHOWN}
    blocks = []
    for path, model in SETTINGS.items():
        rows = list(_parameters(path, model, loaded))
        blocks.append(f"*`{path}`*\n\n{table('key | meaning | ' + ' | '.join(SHOWN), rows)}")
    return "\n\n".join(blocks)


def _parameters(path: str, model: Any, loaded: dict[str, Any]) -> Iterator[tuple[str, ...]]:
    for key, field in model.model_fields.items():
        values = [value_at(scenario, f"{path}.{key}") for scenario in loaded.values()]
        if not all(hasattr(type(value), "model_fields") for value in values):
            told = " ".join((field.description or "").split())
            yield f"`{field.alias or key}`", told, *(shown(value) for value in values)


def value_at(scenario: Any, path: str) -> Any:
    """The value of a dotted key of a loaded scenario; None where a section is unset."""
    value = scenario
    for name in path.split("."):
        if value is None:
            return None
        value = value[name] if isinstance(value, dict) else getattr(value, name)
    return value


def shown(value: Any) -> str:
    """A value as the table shows it; long lists by their length."""
    if value is None:
        return "unset"
    if hasattr(type(value), "model_fields"):
        return "set"
    if isinstance(value, bool | str):
        return f"{value}".lower()
    if isinstance(value, list | tuple | dict):
        text = ", ".join(str(list(entry) if isinstance(entry, tuple) else entry) for entry in value) or "empty"
        return text if len(text) <= 60 else f"{len(value)} entries"
    return f"{value:g}" if isinstance(value, float) else str(value)


def initial_markets() -> str:
    """Size of what ready-made scenarios begin with."""
    rows = []
    for name in READY_MADE:
        scenario = load_scenario(name).scenario
        calendar, listed, cohorts = scenario.calendar, scenario.securities, scenario.cohorts.values()
        stocks = sum(board.stocks for board in listed.boards.values()) if listed.boards else len(listed.stocks or [])
        accounts = sum(cohort.accounts or len(cohort.explicit or []) for cohort in cohorts)
        sizes = (f"{stocks:,}", f"{accounts:,}", f"{scenario.scale:g}")
        rows.append((f"`{name}`", str(calendar.start), str(calendar.days), *sizes))
    return table("scenario | day 0 | days | stocks | accounts | scale", rows)


BLOCKS = {
    "entities": entities,
    "state": state,
    "schedule": schedule,
    "initial": initial_markets,
    "rules": rules,
    "parameters": parameters,
}
