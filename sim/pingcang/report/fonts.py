"""The letters of figures: in Chinese a font that has them, for the layout here and in the reader's browser."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pingcang.errors import ScenarioError
from pingcang.language import ENGLISH, current

CHINESE = (
    "Noto Sans CJK SC", "Noto Sans SC", "Source Han Sans SC", "Source Han Sans CN", "PingFang SC", "Hiragino Sans GB",
    "Microsoft YaHei", "SimHei", "WenQuanYi Zen Hei", "WenQuanYi Micro Hei", "Noto Sans CJK JP",
)  # fmt: skip
"""Families with Chinese letters, the best first; Noto's .ttc of all of East Asia has the name of its first, JP."""
FILES = re.compile(r"noto.?sans.?(cjk|sc)|sourcehansans|pingfang|hiragino|msyh|simhei|wqy", re.IGNORECASE)
LATIN = "DejaVu Sans"


def check_fonts() -> None:
    """Refuse, as `ScenarioError`, a language whose letters no font of this machine has."""
    if current() != ENGLISH and measured() is None:
        raise ScenarioError(
            f"--lang {current()}: no font of this machine has the letters; install one (Debian, Ubuntu: "
            "fonts-noto-cjk or fonts-wqy-zenhei), or leave --lang out"
        )


def measured() -> str | None:
    """The family that figures are laid out with: the best that is installed; None without any."""
    from matplotlib import font_manager

    manager = font_manager.fontManager
    if not _best(manager):
        for path in font_manager.findSystemFonts():  # installed after matplotlib listed the fonts
            if FILES.search(Path(path).name):
                manager.addfont(path)
    return _best(manager)


def settings() -> dict[str, list[str]]:
    """Of matplotlib; nothing in English."""
    return {} if current() == ENGLISH else {"font.family": [family for family in (measured(), LATIN) if family]}


@contextmanager
def quiet_about_weights() -> Iterator[None]:
    """Chinese fonts come in few weights; matplotlib takes the nearest, and says so at every text."""
    logger = logging.getLogger("matplotlib.font_manager")
    before = logger.level
    if current() != ENGLISH:
        logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(before)


def for_readers(svg: str) -> str:
    """The picture with every family that a reader may have, in place of the one that was found here."""
    if current() == ENGLISH:
        return svg
    here, everywhere = (", ".join(f"'{name}'" for name in names) for names in ((measured(), LATIN), (*CHINESE, LATIN)))
    return svg.replace(here, f"{everywhere}, sans-serif")


def _best(manager: object) -> str | None:
    there = {font.name for font in manager.ttflist}  # type: ignore[attr-defined]
    return next((name for name in CHINESE if name in there), None)
