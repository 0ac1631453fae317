"""Where scenario files are: paths, and the ready-made ones that come with the package."""

from __future__ import annotations

import difflib
import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pingcang.errors import ScenarioError
from pingcang.scenario.tree import Keys, Node, Place, refused, shortened
from pingcang.scenario.yaml_reader import read_yaml

MAX_BYTES = 5_000_000
Kind = Literal["scenario", "rules", "thresholds"]
_HERE = Path(__file__).resolve()
_INSTALLED = _HERE.parents[1] / "scenarios"
_CHECKOUT = _HERE.parents[3] / "scenarios"
_SUFFIXES = (".yaml", ".yml")
_NOUNS: dict[Kind, str] = {"scenario": "scenario", "rules": "rule set", "thresholds": "set of thresholds"}


@dataclass(frozen=True)
class Document:
    """A file that was read: its tree, and the folder that its relative paths start from."""

    node: Node
    folder: Path
    identity: str
    """Real path, to recognise a file under another name."""
    source: str


def scenarios_folder() -> Path:
    """The folder of the ready-made scenarios: inside an installed package, else in the checkout."""
    return _INSTALLED if _INSTALLED.is_dir() else _CHECKOUT


def ready_made(kind: Kind = "scenario") -> list[str]:
    """The names of the ready-made scenarios, or of the files of another kind ("rules", "thresholds")."""
    return sorted(path.stem for path in _folder(kind).glob("*.yaml"))


def _folder(kind: Kind) -> Path:
    """Where the ready-made files of a kind are: scenarios at the top, the others in a folder named like the kind."""
    return scenarios_folder() / ("" if kind == "scenario" else kind)


def open_document(source: str | Path, *, kind: Kind, folder: Path, asked: Place, keys: Keys = ()) -> Document:
    """The file behind a path or a ready-made name, read and of the kind that is wanted.

    A relative path starts from `folder`; `asked` and `keys` say which value asks for it, if one does.
    Raises ScenarioError if there is no such file or name, or the file cannot be read or is of another kind.
    """
    path = find(source, kind, folder, asked, keys)
    text = read_text(path, asked, keys)
    node = read_yaml(text, str(path))
    check_kind(node, kind)
    return Document(node, path.parent, os.path.realpath(path), str(path))


def find(source: str | Path, kind: Kind, folder: Path, asked: Place, keys: Keys) -> Path:
    """The path of a file or ready-made name; a bare word is a ready-made name first."""
    if isinstance(source, str) and not _looks_like_path(source):
        if source in ready_made(kind):
            return _folder(kind) / f"{source}.yaml"
        if not os.path.lexists(folder / source):
            raise refused(asked, keys, _unknown_name(source, kind))
    return folder / source


def _looks_like_path(source: str) -> bool:
    separators = {"/", os.sep, os.altsep or "/"}
    return source.endswith(_SUFFIXES) or any(mark in source for mark in separators) or "\0" in source


def _unknown_name(name: str, kind: Kind) -> str:
    names = ready_made(kind)
    close = difflib.get_close_matches(name, names, n=1)
    hint = f"did you mean {close[0]}? " if close else ""
    listed = ", ".join(names) or "none"
    noun = _NOUNS[kind]
    return f"{name!r} is no ready-made {noun}; {hint}ready-made: {listed}; a file's path ends in .yaml"


def read_text(path: Path, asked: Place, keys: Keys) -> str:
    """The text of a regular UTF-8 file of at most MAX_BYTES; ScenarioError else."""
    try:
        if path.is_dir():
            raise _unusable(asked, keys, path, "is a folder; give a YAML file in it")
        if not stat.S_ISREG(path.stat().st_mode):
            raise _unusable(asked, keys, path, "is not a regular file; save the scenario as a file")
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise _unusable(asked, keys, path, f"no such file{_ready_made_hint(path)}") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise _unusable(asked, keys, path, f"cannot be read ({reason}); check the path and its rights") from None
    if len(content) > MAX_BYTES:
        raise _unusable(asked, keys, path, f"is larger than {MAX_BYTES:,} bytes; move data into a CSV file")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        message = f"not UTF-8 (byte 0x{content[error.start]:02x}); save the file as UTF-8"
        raise refused(Place(str(path), line), (), message) from None


def _unusable(asked: Place, keys: Keys, path: Path, message: str) -> ScenarioError:
    return refused(asked, keys, f"{path}: {message}")


def _ready_made_hint(path: Path) -> str:
    if path.suffix in _SUFFIXES and path.stem in ready_made():
        return f"; the ready-made scenario of this name is written without folder and suffix: {path.stem}"
    return "; check the path (ready-made ones are written without suffix)"


def check_kind(node: Node, kind: Kind) -> None:
    """Raise ScenarioError unless the document is a mapping of the kind that is wanted."""
    noun = _NOUNS[kind]
    if not isinstance(node.value, dict):
        found = "a list" if isinstance(node.value, list) else repr(shortened(node.text))
        message = f"the top level is {found}; a {noun} is keys with values, as name: my_{kind}"
        raise refused(node.place, (), message)
    given = node.value.get("kind")
    if given is None and kind == "scenario":
        return
    if given is None:
        raise refused(node.place, ("kind",), f"is missing; a {noun} begins with kind: {kind}")
    if given.value != kind:
        other = "; a rule set is used as `rules: NAME` inside a scenario" if given.value == "rules" else ""
        message = f"found {given.text or 'no word'!r}, a {noun} has kind: {kind}{other}"
        raise refused(given.place, ("kind",), message)
