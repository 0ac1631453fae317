"""Are two datasets the same, bit for bit?"""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

MAY_DIFFER = {"command", "versions", "code_version", "failures"}
"""Attributes that tell how the numbers were made, not what they are."""


def same(a: xr.Dataset, b: xr.Dataset) -> bool:
    """Whether the datasets hold the same bits under the same labels; the command and versions may differ."""
    return not differences(a, b)


def differences(a: xr.Dataset, b: xr.Dataset) -> list[str]:
    """What differs, one sentence each: names, attributes, dimensions, types, number of entries."""
    found = _names("attribute", set(a.attrs) - MAY_DIFFER, set(b.attrs) - MAY_DIFFER)
    found += _names("variable", set(map(str, a.variables)), set(map(str, b.variables)))
    found += [
        f"attribute {name}: {a.attrs[name]!r} and {b.attrs[name]!r}"
        for name in sorted((set(a.attrs) & set(b.attrs)) - MAY_DIFFER)
        if a.attrs[name] != b.attrs[name]
    ]
    for name in sorted(set(a.variables) & set(b.variables), key=str):
        found += [f"{name}: {what}" for what in _between(a.variables[name], b.variables[name])]
    return found


def _names(kind: str, a: set[str], b: set[str]) -> list[str]:
    return [f"{kind} {name}: only in the first" for name in sorted(a - b)] + [
        f"{kind} {name}: only in the second" for name in sorted(b - a)
    ]


def _between(a: xr.Variable, b: xr.Variable) -> list[str]:
    if a.dims != b.dims or a.shape != b.shape:
        return [f"dimensions {dict(a.sizes)} and {dict(b.sizes)}"]
    for name in ("units", "long_name"):
        if a.attrs.get(name) != b.attrs.get(name):
            return [f"{name} {a.attrs.get(name)!r} and {b.attrs.get(name)!r}"]
    left, right = as_bits(a.values), as_bits(b.values)
    if left.dtype.kind + right.dtype.kind != "UU" and left.dtype != right.dtype:
        return [f"types {a.dtype} and {b.dtype}"]
    count = int((left != right).sum())
    return [f"{count} of {left.size} entries"] if count else []


def as_bits(values: NDArray[Any]) -> NDArray[Any]:
    """The values so that == compares bits: NaN equals NaN, 0.0 is not -0.0. Text is text in any store."""
    if values.dtype.kind == "f":
        return np.ascontiguousarray(values).view(f"u{values.dtype.itemsize}")
    if values.dtype.kind == "M":
        return values.astype("datetime64[ns]")
    return values.astype(str) if values.dtype.kind in "OT" else values
