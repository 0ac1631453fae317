"""Everything that is needed to get the same numbers again."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from pingcang.language import translated
from pingcang.report.blocks import Block, Code, Facts, Fold, Section, Words
from pingcang.report.words import day_of
from pingcang.results.dataset import left_out

if TYPE_CHECKING:
    from pingcang.report.arm import Arm
    from pingcang.report.material import Material

LONGEST = 200_000
"""Letters of a scenario that a page holds."""


def reproduction(material: Material) -> Section:
    """Seed, versions, hashes, command and the whole scenario of each dataset."""
    blocks: list[Block] = [
        Words(
            translated(
                "The same scenario, seed and version of the engine give these numbers again, bit for "
                "bit, on any number of threads and processes. The dataset carries all of this in its "
                "attributes; it records no clock time."
            )
        )
    ]
    for arm in material.arms:
        if material.compared:
            blocks.append(Words(f"{translated(arm.name).capitalize()}:"))
        blocks += [
            Facts(_facts(arm)),
            *([Code(str(arm.told["command"]))] if arm.told.get("command") else []),
            _text(arm),
        ]
    return Section("reproduction", translated("How to get these numbers again"), tuple(blocks))


def _facts(arm: Arm) -> dict[str, str]:
    told = arm.told
    asked = int(told.get("runs", arm.runs))
    facts = {
        "dataset": arm.store,
        "scenario": str(told["scenario"]),
        "scenario hash": str(told["scenario_hash"]),
        "hash of data files": str(told.get("data_hash") or translated("no data files")),
        "seed": str(told["seed"]),
        "runs": translated("{runs} shown, {asked} asked for").format(runs=arm.runs, asked=asked),
        "failed runs": left_out(arm.dataset) or "none",
        "share of the market simulated": f"{float(told['scale']):g}",
        "days": translated("{dates} to {dates_2}, {days} trading days after the start").format(
            dates=day_of(arm.dates[0]), dates_2=day_of(arm.dates[-1]), days=arm.days
        ),
        "recorded besides": ", ".join(json.loads(told.get("record", "[]"))) or "nothing",
        "runs without feedback": "yes" if arm.amplification else "no",
        "engine": str(told.get("code_version", translated("not recorded"))),
    }
    versions = json.loads(told.get("versions", "{}"))
    return facts | {
        translated("version of {name}").format(name=name): str(version) for name, version in versions.items()
    }


def _text(arm: Arm) -> Fold:
    text = str(arm.told["scenario_text"])
    title = translated("The whole scenario, as the dataset holds it (attribute scenario_text)")
    if len(text) > LONGEST:
        return Fold(
            translated("{title}; cut here after {longest:,} of {count:,} letters").format(
                title=title, longest=LONGEST, count=len(text)
            ),
            text[:LONGEST],
        )
    return Fold(title, text)
