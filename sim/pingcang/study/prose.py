"""A comparison in one paragraph of plain English: every number in it is one of the comparison's."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pingcang.results.units import in_currency
from pingcang.study.calm import SAME
from pingcang.study.contrast import Contrast
from pingcang.study.measures import unit_of
from pingcang.study.numbers import Written, amount
from pingcang.study.sellers import ALL

if TYPE_CHECKING:
    from pingcang.study.calm import Calm
    from pingcang.study.changes import Change
    from pingcang.study.compare import Comparison
    from pingcang.study.paired import Estimate

MOST_CHANGES = 6
"""Keys that the paragraph names; the others are counted."""


@dataclass(frozen=True)
class Topic:
    """A number with the verbs that tell which way it goes."""

    name: str
    up: str
    down: str
    plural: bool = False

    def told(self, found: Contrast) -> str:
        """A sentence; empty where no run has the number."""
        if not found.difference.n or math.isnan(found.base):
            return ""
        name, verb = self.name, "are" if self.plural else "is"
        written = Written.of(found)
        base, other = written.levels.plain(found.base), written.levels.plain(found.other)
        if found.still:
            return f"{name} {verb} the same in every run, {other}."
        told = f"{other} instead of {base} ({written.difference(found)})"
        if found.difference.n < 2:
            return f"{name} {verb} {told}; one run gives no interval."
        if not found.known:
            inner = name[0].lower() + name[1:]
            return f"In {inner} no difference can be told at {found.difference.n} runs: {told}."
        return f"{name} {self.up if found.difference.value > 0 else self.down}: {told}."


DRAWDOWN = Topic("The drawdown of the index", "deepens", "becomes shallower")
FORCED = Topic("Forced sales", "rise", "fall", plural=True)
LOSS = Topic("The loss of lenders", "rises", "falls")
BROKERS = Topic("The loss of brokers, as a share of their stated capital of {},", "rises", "falls")
HARMS = {"drawdown": "the drawdown", "forced_sales": "forced sales", "lender_loss": "the loss of lenders"}
"""Metrics of which less is better."""
CREDIT = Topic("Brokers' mean credit", "is higher", "is lower")
PURCHASES = Topic("Margin purchases", "are higher", "are lower", plural=True)
TURNOVER = Topic("Turnover", "is higher", "is lower")


def paragraph(found: Comparison) -> str:
    """The paragraph."""
    if found.first_day_apart is None:
        return f"{_subject(found)} The arms are the same bit for bit in every run: the change makes no difference here."
    sentences = [
        _subject(found),
        _when(found),
        *(topic.told(contrast_of(name, found)) for name, topic in _headlines()),
        _who(found),
        *_lenders(found),
        _mixed(found),
        *(_calm(found.calm) if found.calm is not None else ()),
    ]
    return " ".join(sentence for sentence in sentences if sentence)


def contrast_of(name: str, found: Comparison) -> Contrast:
    """A headline metric without what pairing paid."""
    metric, unit = found.metrics[name], in_currency(unit_of(name), found.currency)
    return Contrast(metric.base.value, metric.other.value, metric.difference, unit)


def _headlines() -> tuple[tuple[str, Topic], ...]:
    return ("drawdown", DRAWDOWN), ("forced_sales", FORCED), ("lender_loss", LOSS)


def _subject(found: Comparison) -> str:
    runs = int(found.runs.size)
    told = (
        f"{runs} run{'s' if runs > 1 else ''} of each arm with the same random numbers, seed {found.seed}; "
        f"{found.statistic}s, differences with 95 % intervals"
    )
    if found.base.scenario != found.other.scenario:
        return f"{found.other.scenario} against {found.base.scenario}, {_changed(found.changed)} ({told})."
    return f"{found.base.scenario} with {_changed(found.changed)} ({told})."


def _changed(changed: Sequence[Change]) -> str:
    """`the rules X in place of Y: key from a to b, …`: rules first, what gives way in dated events after them."""
    rules = [each for each in changed if each.is_rule and each.key != "rules.name"]
    rules.sort(key=lambda each: each.key.startswith("events."))
    others = [each for each in changed if not each.is_rule]
    named = [*rules, *others][:MOST_CHANGES]
    further = len(rules) + len(others) - len(named)
    listed = ", ".join(map(str, named)) + (f" and {further} further keys" if further else "")
    sets = next((each for each in changed if each.key == "rules.name"), None)
    if sets is not None:
        return f"the rules {sets.after or 'unnamed'} in place of {sets.before or 'unnamed'}: {listed or 'no other key'}"
    return listed or "no key changed"


def _when(found: Comparison) -> str:
    if found.first_day_apart == 0:
        return "The arms differ from the start on."
    return f"Before {found.date_apart} the arms are the same bit for bit."


def _who(found: Comparison) -> str:
    """Whose forced sales differ most; with an audit also which share of the accounts is spared."""
    sales = {name: metrics["forced_sales"] for name, metrics in found.breakdown.parts["cohort"].items()}
    known = [(name, each) for name, each in sales.items() if each.known]
    sentences = []
    if len(sales) > 1 and known:
        name, most = max(known, key=lambda pair: abs(pair[1].difference.value))
        apart = Written.of(most).difference(most)
        sentences.append(f"Most of what can be told of forced sales is in the cohort {name}: {apart}.")
    if found.sellers is not None and found.sellers[ALL].spared.n:
        forced = found.sellers[ALL]
        newly = (
            f"{_percent(forced.newly)} of those forced in the other arm are forced only there"
            if forced.newly.n
            else "in the other arm nobody is forced"
        )
        told = f"Of the accounts that are forced to sell in the base {_percent(forced.spared)} are spared, and {newly}."
        sentences.append(told)
    return " ".join(sentences)


def _percent(share: Estimate) -> str:
    value, low, high = (f"{100 * number:.1f}" for number in (share.value, share.low, share.high))
    return f"{value} %" if share.n < 2 else f"{value} % [{low}, {high}]"


def _lenders(found: Comparison) -> Iterator[str]:
    """The loss of brokers against their capital, if one was stated."""
    lenders = found.lenders
    if lenders.capital is None or lenders.share is None:
        return
    yield Topic(BROKERS.name.format(amount(lenders.capital.amount, found.currency)), BROKERS.up, BROKERS.down).told(
        lenders.share
    )
    if lenders.beyond is not None and lenders.capital.limit is not None:
        name = f"The probability that it is above {100 * lenders.capital.limit:g} %"
        yield Topic(name, "rises", "falls").told(lenders.beyond)


def _mixed(found: Comparison) -> str:
    """Say so where what can be told does not point one way."""
    told = [(name, contrast_of(key, found)) for key, name in HARMS.items()]
    up = [name for name, each in told if each.known and each.difference.value > 0]
    down = [name for name, each in told if each.known and each.difference.value < 0]
    if not up or not down:
        return ""
    return f"The effects do not point one way: {_and(down)} {_goes(down)} down, {_and(up)} {_goes(up)} up."


def _and(names: Sequence[str]) -> str:
    return " and ".join(names)


def _goes(names: Sequence[str]) -> str:
    return "goes" if len(names) == 1 and names[0] != HARMS["forced_sales"] else "go"


def _calm(calm: Calm) -> Iterator[str]:
    name = "the same market without its news" if calm.scenario == SAME else calm.scenario
    runs = int(calm.runs.size)
    yield f"In calm times ({name}, {runs} run{'s' if runs > 1 else ''} of each arm) this is what the change costs."
    for key, topic in (("mean_credit", CREDIT), ("margin_purchases", PURCHASES), ("turnover", TURNOVER)):
        yield topic.told(calm.metrics[key])
