"""Controls as commands: what a control takes becomes arguments and options of its command.

They are read from a table that is generated (parameters.py), so that no command names them again.
"""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import TYPE_CHECKING, Any

import click

from .common import Said, control, tenant_option
from .parameters import CONTROLS, Parameter

if TYPE_CHECKING:
    from ..client.controls import Controls

Given = Mapping[str, Any]
"""What was typed, by the names that the control has for it."""
Told = Callable[[Any, Given], Said]
"""Makes of what a control gives, and of what it was given, what is printed."""

_TYPES = {"integer": int, "number": float}


def forwarded(name: str, **positional: str) -> Callable[[Told], Callable[..., None]]:
    """Make a command of a control, which prints what the function tells of its answer.

    What must be given is an argument, but for the tenant, and what may be left out an option. Those
    that are `positional` are arguments in any case, with this name in the usage.
    """

    def decorate(told: Told) -> Callable[..., None]:
        @wraps(told)
        def run(controls: "Controls", **given: Any) -> Said:
            return told(getattr(controls, name)(**given), given)

        command: Callable[..., None] = control(run)
        for parameter in reversed(CONTROLS[name]):
            metavar = positional.get(parameter.name, "" if parameter.says else parameter.name)
            if parameter.name == "tenant" and "tenant" not in positional:
                command = tenant_option(command)
            elif metavar:
                command = _argument(parameter, metavar.upper())(command)
            else:
                command = _option(parameter)(command)
        return command

    return decorate


def options_of(name: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Give a command the options of a control."""

    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        for parameter in reversed(CONTROLS[name]):
            command = _option(parameter)(command)
        return command

    return decorate


def _argument(parameter: Parameter, metavar: str) -> Callable[..., Any]:
    required = not parameter.says
    name, kind = parameter.name, _type(parameter)
    shown = metavar if required else f"[{metavar}]"
    return click.argument(name, metavar=shown, required=required, type=kind)


def _option(parameter: Parameter) -> Callable[..., Any]:
    name, several = parameter.name, parameter.kind == "names"
    # One at a time, and as often as there are some.
    shown = (name.removesuffix("s") if several else name).replace("_", "-")
    kind = _type(parameter)
    return click.option(f"--{shown}", name, multiple=several, type=kind, help=parameter.says)


def _type(parameter: Parameter) -> Any:
    if parameter.choices:
        return click.Choice(parameter.choices, case_sensitive=False)
    return _TYPES.get(parameter.kind, str)
