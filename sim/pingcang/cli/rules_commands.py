"""The commands `rules list`, `show`, `diff` and `timeline`."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pingcang.cli.commands import app
from pingcang.errors import ScenarioError

if TYPE_CHECKING:
    from pingcang.scenario.rule_sets import RuleSet

rules = typer.Typer(
    no_args_is_help=True, help="The dated margin rules: what was in force, what changed, and by which source."
)
app.add_typer(rules, name="rules")

NameOrFile = Annotated[str, typer.Argument(help="A ready-made rule set (pingcang rules list), or a YAML file.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object instead of the table.")]
HISTORY = "CN"


@rules.command("list")
def list_rules(
    market: Annotated[str | None, typer.Option(help="Of one market only: CN, HK, ...")] = None, as_json: Json = False
) -> None:
    """List the ready-made rule sets."""
    from pingcang.cli.rules_show import listed, print_json, show_list
    from pingcang.scenario.rule_sets import rule_sets

    found = rule_sets()
    known = sorted({str(each.heading.market) for each in found if each.heading.market})
    if market is not None and market not in known:
        raise ScenarioError(f"--market: found {market!r}, of which there are no rule sets; known: {', '.join(known)}")
    chosen = sorted((each for each in found if market in {None, each.heading.market}), key=_order)
    if as_json:
        print_json({"rule_sets": [listed(each) for each in chosen]})
    else:
        show_list(chosen)


@rules.command()
def show(
    rule_set: Annotated[
        str | None, typer.Argument(help="A ready-made rule set, or a YAML file.", metavar="NAME")
    ] = None,
    on: Annotated[str | None, typer.Option(metavar="DATE", help="The rules in force on a date instead.")] = None,
    market: Annotated[str | None, typer.Option(help="Market of --on.", show_default=HISTORY)] = None,
    as_json: Json = False,
) -> None:
    """Show every value of a rule set, and where it comes from."""
    from pingcang.cli.rules_show import print_json, show_rule_set, told
    from pingcang.scenario.rule_sets import in_force, load_rule_set

    if (rule_set is None) == (on is None):
        raise ScenarioError("rules show: give a name or --on DATE, one of the two")
    if on is None and market is not None:
        raise ScenarioError("--market: goes with --on DATE; a rule set that is named has its own market")
    found = load_rule_set(str(rule_set)) if on is None else in_force(market or HISTORY, _date(on))
    if as_json:
        print_json(told(found))
    else:
        show_rule_set(found)


@rules.command()
def diff(base: NameOrFile, other: NameOrFile, as_json: Json = False) -> None:
    """Tell what differs between two rule sets."""
    from dataclasses import asdict

    from pingcang.cli.rules_show import print_json, show_differences
    from pingcang.scenario.rule_sets import compare_rule_sets, load_rule_set

    first, second = load_rule_set(base), load_rule_set(other)
    found = compare_rule_sets(first, second)
    if as_json:
        print_json({"base": first.name, "other": second.name, "differences": [asdict(each) for each in found]})
    else:
        show_differences(first, second, found)


@rules.command()
def timeline(
    scenario: Annotated[
        str | None, typer.Argument(help="A scenario, for the rules that its events change.", show_default="the history")
    ] = None,
    market: Annotated[str | None, typer.Option(help="Whose history.", show_default=HISTORY)] = None,
    keys: Annotated[
        list[str] | None, typer.Option("--key", metavar="KEY", help="Of one key only, or of a section; repeatable.")
    ] = None,
    as_json: Json = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV instead of the table.")] = False,
    plot: Annotated[Path | None, typer.Option(help="Draw the history: .png, .pdf, .svg.")] = None,
) -> None:
    """Tell what changed when: in a market's history, or in the dated events of a scenario."""
    from pingcang.cli.rules_show import print_changes, show_dated, show_history
    from pingcang.scenario import load_scenario
    from pingcang.scenario.rule_history import asked, dated_changes, rule_history

    if as_json and as_csv:
        raise ScenarioError("--csv: cannot go with --json; choose one of the two")
    _check_keys(keys or [])
    if scenario is None:
        _check_plot(plot)
        history = rule_history(market or HISTORY, keys or [])
        if as_json or as_csv:
            print_changes(history, {"market": market or HISTORY}, as_csv=as_csv)
        else:
            show_history(market or HISTORY, history)
        _draw(market or HISTORY, plot, quiet=as_json or as_csv)
        return
    if market is not None or plot is not None:
        raise ScenarioError("--market, --plot: are of the history; leave them out, or the scenario")
    loaded = load_scenario(scenario).scenario
    changes = [change for change in dated_changes(loaded) if asked(change.key, keys or [])]
    if as_json or as_csv:
        print_changes(changes, {"scenario": loaded.name, "rules": loaded.rules.name}, as_csv=as_csv)
    else:
        show_dated(loaded, changes)


def _order(rule_set: RuleSet) -> tuple[str, str, str]:
    date = rule_set.heading.date
    return str(rule_set.heading.market or "~"), str(date or "9999"), rule_set.name


def _date(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise ScenarioError(f"--on: found {text!r}, must be a date; write it as 2015-11-23") from None


def _check_keys(keys: list[str]) -> None:
    from pingcang.scenario.rule_heading import unknown_key

    for key in keys:
        problem = unknown_key(key)
        if problem is not None:
            raise ScenarioError(f"--key {key}: {problem}")


def _check_plot(plot: Path | None) -> None:
    if plot is not None:
        from pingcang.results.plot import check_picture

        check_picture(plot)


def _draw(market: str, plot: Path | None, *, quiet: bool) -> None:
    if plot is None:
        return
    from pingcang.results.plot import save_figure
    from pingcang.study.rule_history import plot_history

    save_figure(plot_history(market), plot)
    if not quiet:
        print(f"plot: {plot}")
