"""Float caps are in CNY, whatever the export's unit."""

from __future__ import annotations

from pathlib import Path

import pytest

from pingcang.errors import DataError
from pingcang.loaders import read_float_caps

SHARED = "code,board,float_cap_yi_est,traded_on_day\n600000,SH,1951.86,1\n000001,SZ,1504.08,0\n"


def written(folder: Path, text: str) -> Path:
    path = folder / "caps.csv"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    "text",
    [
        SHARED,
        "ts_code,trade_date,circ_mv\n600000.SH,20150612,19518600\n000001.SZ,20150612,15040800\n",
        "代码,名称,流通市值\n600000,浦发银行,195186000000\n1,平安银行,150408000000\n",
        "code,float_cap\n600000,195186000000\n000001,150408000000\n",
    ],
    ids=["shared", "tushare", "akshare", "plain"],
)
def test_every_export_gives_the_same_caps(text: str, tmp_path: Path) -> None:
    found = read_float_caps(written(tmp_path, text))
    assert found.index.tolist() == ["000001", "600000"]
    assert found["float_cap"].tolist() == pytest.approx([1.50408e11, 1.95186e11])
    assert found["board"].tolist() == ["szse_main", "sse_main"]
    assert found["traded"].tolist() == ([False, True] if text is SHARED else [True, True])


@pytest.mark.parametrize(
    ("code", "board"),
    [
        ("601318", "sse_main"),
        ("001872", "szse_main"),
        ("002594", "sme"),
        ("301001", "chinext"),
        ("688981", "star"),
        ("920002", "bse"),
    ],
)
def test_the_board_is_that_of_the_code(code: str, board: str, tmp_path: Path) -> None:
    assert read_float_caps(written(tmp_path, f"code,float_cap\n{code},1e11\n")).loc[code, "board"] == board


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (
            "1504.08",
            "150408000000",
            "3: float_cap_yi_est: found 1.50408e+11, must be between 0.1 and 100000, for one unit is",
        ),
        ("1504.08", "0", "3: float_cap_yi_est: found 0, must be between"),
        ("1504.08", "", "3: float_cap_yi_est: found nan, must be between"),
        ("000001", "600000", "3: code: 600000 stands at "),
        (",0\n", ",x\n", "3: traded_on_day: found 'x', must be 1 or 0"),
    ],
)
def test_what_cannot_be_is_refused(old: str, new: str, told: str, tmp_path: Path) -> None:
    path = written(tmp_path, SHARED.replace(old, new))
    with pytest.raises(DataError) as refusal:
        read_float_caps(path)
    assert f"{path}:{told}" in str(refusal.value)
