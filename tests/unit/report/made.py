"""Datasets and pages that are made up, and a reader of pages that knows nothing of how they are written."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import unquote

import numpy as np
import pandas as pd

from pingcang.report.material import read_material
from pingcang.report.page import render
from pingcang.report.words import in_currency
from pingcang.report.write import page_of as described
from pingcang.report.write import write_report
from pingcang.results.dataset import RunResult, assemble, provenance, run_attributes
from pingcang.results.storage import save
from pingcang.results.variables import RATIO_BIN_LABELS, VARIABLES
from pingcang.scenario import load_scenario

COHORTS = ("retail", "institution", "shadow", "short_seller")
BOARDS = ("sse_main", "szse_main", "sme", "chinext")
SECTORS = ("electronics", "other")
COMMAND = "pingcang run china_2015 --runs 3"


def dataset(runs=3, days=6, *, amplification=True, seed=0, deeper=0.0, cohorts=COHORTS, boards=BOARDS, **attributes):
    """Runs whose index falls by about 40 % (and `deeper`); every variable a pure function of seed and run."""
    loaded = load_scenario("china_2015", overrides={"calendar.days": days})
    made = [_run(run, days, amplification, seed, deeper, cohorts, boards) for run in range(runs)]
    told = provenance(loaded, seed=seed, record=(), amplification=amplification, command=COMMAND)
    told |= {"data_hash": "", "code_version": "0.1.0+made", **run_attributes(runs, {}), **attributes}
    return assemble(made, told)


def _run(run, days, amplification, seed, deeper, cohorts, boards):
    random = np.random.default_rng((seed, run))
    sizes = {
        "day": days + 1,
        "cohort": len(cohorts),
        "board": len(boards),
        "sector": 2,
        "ratio_bin": len(RATIO_BIN_LABELS),
    }
    variables = {}
    for variable in VARIABLES:
        if variable.when == "always":
            values = random.random([sizes[dim] for dim in variable.dims]) * 1e9
            variables[variable.name] = np.floor(values / 1e6) if variable.dtype.startswith("int") else values
    fall = np.minimum(np.linspace(0, 2, days + 1), 1.2) * (0.3 + deeper) * random.uniform(0.8, 1.2)
    variables["index"] = 1 - fall
    if amplification:
        variables["index_no_feedback"] = 1 - 0.8 * fall
    variables["financing_balance"] = np.outer(1 - fall, np.full(len(cohorts), 5e11))
    for name in ("forced_sales", "preemptive_sales"):
        variables[name][0] = np.nan
    variables["maintenance_ratio"] = random.uniform(1, 3, (days + 1, len(cohorts)))
    variables["float_cap_start"] = np.array(5e13)
    dates = np.datetime64("2015-06-12", "ns") + np.arange(days + 1).astype("timedelta64[D]")
    coordinates = {
        "date": dates,
        "cohort": list(cohorts),
        "board": list(boards),
        "sector": list(SECTORS),
        "ratio_bin": list(RATIO_BIN_LABELS),
    }
    return RunResult(run, variables, coordinates)


def page_of(folder, made, *, name="made", **options):
    """The page of a dataset, written and read back."""
    store = folder / f"{name}.zarr"
    save(made, store, overwrite=True)
    return Page.read(write_report(store, folder / f"{name}.html", overwrite=True, **options))


def part_of(folder, made, *sections, name="made", **options):
    """Some sections of the page of a dataset; a whole page takes longer."""
    store = folder / f"{name}.zarr"
    save(made, store, overwrite=True)
    material = read_material(store, **options)
    with in_currency(material.currency):
        return Page.parsed(render(described(material, [section(material) for section in sections])))


@dataclass
class Page(HTMLParser):
    """What a browser would find on a page."""

    html: str
    tags: list = field(default_factory=list)
    """(tag, attributes) of every element."""
    texts: list = field(default_factory=list)

    @classmethod
    def read(cls, path):
        return cls.parsed(path.read_text(encoding="utf-8"))

    @classmethod
    def parsed(cls, html):
        page = cls(html)
        HTMLParser.__init__(page)
        page.feed(page.html)
        return page

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.texts.append(data)

    @property
    def text(self):
        return " ".join(" ".join(self.texts).replace("\N{NO-BREAK SPACE}", " ").split())

    def all(self, tag):
        return [attributes for name, attributes in self.tags if name == tag]

    def table(self, name):
        """The numbers behind a table or figure, by its name."""
        links = [link for link in self.all("a") if link.get("download") == f"{name}.csv"]
        assert len(links) == 1, name
        return pd.read_csv(io.StringIO(unquote(links[0]["href"].split(",", 1)[1])))
