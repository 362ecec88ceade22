"""Write the scenarios of a run as TOML."""

import json
from collections.abc import Mapping
from typing import Any


def dump(document: Mapping[str, Any], prefix: str = "") -> str:
    """Write nested tables; keys with None are left out, as TOML has no null.

    Parameters
    ----------
    document
        Values are tables, strings, numbers, booleans or lists of these.
    """
    plain = {key: value for key, value in document.items() if not isinstance(value, Mapping)}
    tables = {key: value for key, value in document.items() if isinstance(value, Mapping)}
    lines = [f"{_key(key)} = {_value(item)}\n" for key, item in plain.items() if item is not None]
    if prefix and lines:
        lines.insert(0, f"[{prefix}]\n")
    parts = ["".join(lines)] if lines else []
    for key, table in tables.items():
        text = dump(table, f"{prefix}.{_key(key)}" if prefix else _key(key))
        parts += [text] if text else []
    return "\n".join(parts)


def _key(key: str) -> str:
    plain = key.replace("-", "").replace("_", "")
    return key if plain.isascii() and plain.isalnum() else json.dumps(key)


def _value(value: object) -> str:
    if isinstance(value, list | tuple):
        return f"[{', '.join(_value(item) for item in value)}]"
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{_key(k)} = {_value(v)}" for k, v in value.items()) + " }"
    return json.dumps(value, ensure_ascii=False)
