"""The bounds of connections and requests as options of `serve`."""

from collections.abc import Callable
from typing import Any

import click

from ..bounds import OPTIONS, PARTED, STORED, Bounds
from ..mistakes import Mistake


def bounded(command: Callable[..., Any]) -> Callable[..., Any]:
    """The command with an option for each bound."""
    for one in reversed(OPTIONS + STORED + PARTED):
        whole = isinstance(one.default, int)
        kind = click.IntRange(int(one.least)) if whole else click.FloatRange(one.least)
        option = click.option(
            one.flag, default=one.default, show_default=True, type=kind, help=one.says
        )
        command = option(command)
    return command


def bounds_of(options: dict[str, Any]) -> Bounds:
    """The bounds that the options of a command say. Raises Mistake for what is no number."""
    for one in OPTIONS:
        if options[one.name] != options[one.name]:
            raise Mistake(f"{one.flag}: is no number; give seconds such as {one.default:g}")
    return Bounds(**{one.name: options[one.name] for one in OPTIONS})
