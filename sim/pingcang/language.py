"""The language of what people read: `en`, as the code has it, or `zh`, by the catalogues in `locale/zh`.

A text is looked up where it is used: `translated("{count} runs").format(count=3)`. The language belongs to the thread
or task that set it, so that two readers of one server do not mix. Catalogues are gettext's .po files, read by Babel; a
test holds that every text has its translation, with the same places for values.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from importlib.resources import files

from pingcang.errors import ScenarioError

ENGLISH = "en"
LANGUAGES = (ENGLISH, "zh")
_current: ContextVar[str] = ContextVar("language", default=ENGLISH)


def current() -> str:
    """The language that is set here."""
    return _current.get()


@contextmanager
def language(code: str) -> Iterator[None]:
    """Texts inside are in this language; ScenarioError for one that there is not."""
    if code not in LANGUAGES:
        raise ScenarioError(f"--lang: found {code!r}, must be one of {', '.join(LANGUAGES)}")
    token = _current.set(code)
    try:
        yield
    finally:
        _current.reset(token)


def translated(text: str) -> str:
    """The text in the language that is set; itself in English, and where it has no translation."""
    return text if current() == ENGLISH else catalogue(current()).get(text, text)


@cache
def catalogue(code: str) -> Mapping[str, str]:
    """English text -> translation, from every catalogue of a language."""
    from babel.messages.pofile import read_po

    found: dict[str, str] = {}
    for path in sorted((files("pingcang") / "locale" / code).iterdir(), key=lambda each: each.name):
        if path.name.endswith(".po"):
            with path.open("rb") as file:
                found |= {str(entry.id): str(entry.string) for entry in read_po(file, locale=code) if entry.id}
    return found
