"""The page docs/regimes.md, from the regimes' files; no market data is read."""

from __future__ import annotations

from pingcang.leverage.regimes import regime_table
from pingcang.leverage.regimes.told import markdown

HEAD = """# Regimes of margin trading

Written by `docs/schema_tables.py` from `scenarios/regimes/`; do not edit. What 2015-06, 2022, 2024-09, 2025-02,
2025-09 and 2026-06 were like, and the US and Hong Kong, as far as it is known, with the disagreements of the sources.

```sh
pingcang regimes
pingcang regimes --disagreements --markdown regimes.md --plot regimes.png
```

With `--data FOLDER`, or the environment variable `PINGCANG_DATA`, levels and means are computed from the daily files
of [data.md](data.md) that the folder holds: `margin_market_daily.csv`, `index_csi_all_share_daily.csv` (turnover),
`index_sse_composite_daily.csv`, `sp500_daily_fred.csv`, `finra_margin_debt_monthly.csv`. This page is made without
them, so that cells which need a file say so; the picture is made with them. `--json` and `--csv` give every cell with
value, unit, date, confidence, source, and what else is printed for it. From Python:

```python
from pingcang.leverage.regimes import regime_table

cell = regime_table().cell("balance_to_float", "cn_2015_06")
print(cell.value, cell.date, cell.confidence, cell.source)
```

- A computed cell takes precedence over print, print over nothing. What is not known is empty, with the reason.
- Ratios are computed from the cells above them, never typed in (`pingcang.leverage.ratios`), in the rounding that the
  inputs leave. Inputs whose days lie more than ten days apart make no ratio; M1, a monthly figure, is exempt.
- The *margin balance* is financing and securities lending together, as in the articles' ratios.
- A day in a gap of a file takes the nearest day within ten days, and says which.
- Initial margin, lines and the number of marginable stocks are those of the rule set in force on the day
  ([rule_sets.md](rule_sets.md)). What a scenario assumes where no rule exists is not shown as a fact.
- Turnover is that of the CSI All-Share, about 95 % of both exchanges', so that shares of it are about a twentieth too
  high.
- *read*: in the source named. *computed*: from market data. *stated*: in one of the articles that this project
  grew from ([articles.md](articles.md)). *remembered*: not checked against any source.

![Nine figures of six regimes, with the confidence of each point](images/regimes.png)

*Made with the daily files: `pingcang regimes --data FOLDER --plot regimes.png`. 2022 is cut out of them; its points
are of 2023-01-03.*

"""


def regimes_page() -> str:
    """Head, columns, table, printed figures, disagreements."""
    return HEAD + markdown(regime_table())
