"""What the user wrote, as options of a run: texts of the command line, and the configuration file.

A fault is a ValueError of one line that says where it is and what would be right.
"""

import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx

from ..contract.names import did_you_mean
from .certificates import context_of
from .model import Account
from .proxies import proxy_in

FILES = ("bacasable.toml", "pyproject.toml")
_UNITS = {"": 1.0, "ms": 0.001, "s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0}
_AMOUNT = re.compile(r"(\d+(?:\.\d+)?)\s*([a-z]*)")
_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")


def seconds(text: str) -> float:
    """A duration (90, 90s, 5m, 1.5h) in seconds. Raises ValueError."""
    match = _AMOUNT.fullmatch(text.strip().lower())
    if match is None or match[2] not in _UNITS or not float(match[1]):
        raise ValueError(f"'{text}' is no duration; write 90s, 5m or 1h")
    return float(match[1]) * _UNITS[match[2]]


def per_second(text: str) -> float:
    """A rate (50, 50/s, 3000/m) in requests per second. Raises ValueError."""
    number, _, unit = text.strip().lower().partition("/")
    try:
        rate = float(number) / _UNITS[unit]
    except (ValueError, KeyError):
        rate = 0.0
    if not 0 < rate < float("inf"):
        raise ValueError(f"'{text}' is no rate; write 50/s or 3000/m")
    return rate


def header(text: str) -> tuple[str, str]:
    """A header, 'Name: value'. Raises ValueError, without repeating the value: it may be secret."""
    name, colon, value = text.partition(":")
    value = value.strip()
    if not colon or not _TOKEN.fullmatch(name.strip()):
        raise ValueError("a header is written 'Name: value'")
    if any(ord(c) < 32 or ord(c) == 127 for c in value):
        raise ValueError(f"the value of the header {name.strip()} has a control character in it")
    return name.strip(), value


def role_account(text: str) -> Account:
    """An account, ROLE:EMAIL:PASSWORD; only the password may have colons. Raises ValueError."""
    role, email, password = _three(text, "ROLE:EMAIL:PASSWORD")
    return Account(role=role, email=email, password=password)


def tenant_account(text: str) -> Account:
    """An account of another tenant, SLUG:EMAIL:PASSWORD. Raises ValueError."""
    tenant, email, password = _three(text, "SLUG:EMAIL:PASSWORD")
    return Account(tenant=tenant, email=email, password=password)


def _three(text: str, form: str) -> tuple[str, str, str]:
    parts = text.split(":", 2)
    if len(parts) < 3 or not all(parts):
        raise ValueError(f"write {form}")
    return parts[0], parts[1], parts[2]


def address(text: str) -> str:
    """The URL of a server without a trailing slash. Raises ValueError."""
    try:
        parts = urlsplit(text)
        sound = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
        httpx.URL(text)
    except (ValueError, httpx.InvalidURL):
        sound = False
    if not sound:
        raise ValueError(f"'{text}' is no address; write http://127.0.0.1:4010, say")
    if parts.query or parts.fragment:
        raise ValueError(f"'{text}' has a query or a fragment; give the address without")
    if parts.username or parts.password:
        raise ValueError("an address has no credentials in it; give --email and --password")
    return text.rstrip("/")


def certificates(text: str) -> str:
    """The name of a file or folder of certificates, which can be read. Raises ValueError."""
    context_of(text)
    return text


def proxy(text: str) -> str:
    """The address of a proxy. Raises ValueError, without repeating it: it may have a password."""
    proxy_in(text)
    return text


def read_config(folder: Path, known: Mapping[str, type]) -> tuple[dict[str, Any], str]:
    """The settings of a folder and the name of their file; nothing and '' without a file.

    They stand in the table `verify` of bacasable.toml, or `tool.bacasable.verify` of
    pyproject.toml, by the names of the options, with - or _; ${NAME} in a text stands for a
    variable of the environment. `known` has the type of each. Raises ValueError.
    """
    for name in FILES:
        path = folder / name
        if path.is_file():
            table = _table(path)
            if table is not None:
                found = {k: _setting(name, k, v, known) for k, v in table.items()}
                return {k.replace("-", "_"): v for k, v in found.items()}, name
    return {}, ""


def _table(path: Path) -> dict[str, Any] | None:
    try:
        value: Any = tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise ValueError(f"{path.name}: cannot be read: {error}") from error
    steps = ["verify"] if path.name == FILES[0] else ["tool", "bacasable", "verify"]
    for step in steps:
        value = value.get(step) if isinstance(value, dict) else None
    if value is not None and not isinstance(value, dict):
        raise ValueError(f"{path.name}: {'.'.join(steps)} must be a table")
    return value


def _setting(file: str, name: str, value: Any, known: Mapping[str, type]) -> Any:
    key = name.replace("-", "_")
    if key not in known:
        near = did_you_mean(name, [k.replace("_", "-") for k in known])
        raise ValueError(f"{file}: there is no setting '{name}'{near}")
    wanted = known[key]
    if wanted is str and isinstance(value, int | float) and not isinstance(value, bool):
        value = str(value)
    if wanted is list and isinstance(value, str):
        value = [value]
    fits = isinstance(value, wanted) and not (wanted is int and isinstance(value, bool))
    if not fits or (wanted is list and not all(isinstance(item, str) for item in value)):
        said = {str: "a text", list: "a list of texts", bool: "true or false", int: "a number"}
        raise ValueError(f"{file}: {name} must be {said[wanted]}")
    if isinstance(value, str):
        return _expanded(file, name, value)
    return [_expanded(file, name, item) for item in value] if wanted is list else value


def _expanded(file: str, name: str, text: str) -> str:
    def variable(match: re.Match[str]) -> str:
        if match[1] not in os.environ:
            raise ValueError(f"{file}: {name}: the variable {match[1]} is not set")
        return os.environ[match[1]]

    return _VARIABLE.sub(variable, text)
