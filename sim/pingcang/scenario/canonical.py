"""One scenario, one text, one hash: however the files behind it were written."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
from typing import Any

import yaml
from pydantic import BaseModel

from pingcang.scenario.schema import Scenario
from pingcang.scenario.yaml_reader import IMPLICIT


def canonical_text(scenario: Scenario) -> str:
    """The scenario as YAML, defaults written out, that loads back to an equal scenario."""
    text: str = yaml.dump(
        written_out(scenario),
        Dumper=CanonicalDumper,
        sort_keys=False,
        allow_unicode=True,
        default_flow_style=None,
        width=110,
    )
    return text


def canonical_hash(scenario: Scenario) -> str:
    """SHA-256, in hex, of the scenario's canonical JSON: equal numbers hash alike (2 and 2.0), order counts.

    The order of cohorts and boards counts because results may depend on it.
    """
    text = json.dumps(_hashed(written_out(scenario)), separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def written_out(value: Any) -> Any:
    """Models as plain mappings, without the keys that are unset."""
    if isinstance(value, BaseModel):
        fields = type(value).model_fields
        return {fields[key].alias or key: written_out(inner) for key, inner in value if inner is not None}
    if isinstance(value, dict):
        return {key: written_out(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [written_out(inner) for inner in value]
    return value


def _hashed(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _hashed(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_hashed(inner) for inner in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value.isoformat() if isinstance(value, dt.date) else value


class CanonicalDumper(yaml.SafeDumper):
    """Quotes text that our reader, not PyYAML's, would take for something else; never writes aliases."""

    # Under None stand the patterns that are tried whatever a scalar begins with.
    yaml_implicit_resolvers: dict[Any, Any] = {  # noqa: RUF012 - PyYAML declares it so
        None: [(f"tag:yaml.org,2002:{kind}", re.compile(f"(?:{pattern.pattern})$")) for kind, pattern in IMPLICIT]
    }

    def ignore_aliases(self, data: Any) -> bool:
        """Every value is written out."""
        return True

    def represent_str(self, data: str) -> Any:
        """Lines as a block; other control characters (NEL ends a line in YAML) escaped in quotes."""
        style = None
        if not all(char.isprintable() or char == "\n" for char in data):
            style = '"'
        elif "\n" in data:
            style = "|"
        return self.represent_scalar("tag:yaml.org,2002:str", data, style=style)


CanonicalDumper.add_representer(str, CanonicalDumper.represent_str)
