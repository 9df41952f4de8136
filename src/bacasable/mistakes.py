"""What the command says to a mistake of its user: one line on standard error, exit status 2."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any
from unicodedata import category

import click

from .console import say, set_up


def plain(line: str) -> str:
    """A line without what a terminal would obey: a path or name may hold control characters."""
    return "".join(c if c.isprintable() or category(c) == "Zs" else ascii(c)[1:-1] for c in line)


class Mistake(click.ClickException):
    """A mistake of the user: one line on standard error, exit 2."""

    exit_code = 2

    def show(self, file: object = None) -> None:  # noqa: ARG002 - click's signature
        """Print the line."""
        say(plain(f"bacasable: {self.message}"), err=True)


class Listing(click.Command):
    """A command some of whose options take all words behind them, up to the next option."""

    def __init__(self, *arguments: Any, lists: tuple[str, ...] = (), **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._lists = lists

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the arguments as if such an option were repeated before each of its words."""
        spread: list[str] = []
        option = ""
        for word in args:
            if word.startswith("-"):
                option = word if word in self._lists else ""
            elif option and spread[-1] != option:
                spread.append(option)
            spread.append(word)
        return super().parse_args(ctx, spread)


class Commands(click.Group):
    """A group of commands whose wrong use is a Mistake too, where click would print three lines."""

    def main(self, *arguments: Any, **options: Any) -> Any:
        """Run as the program that the user has called."""
        set_up()
        return super().main(*arguments, **options)

    def make_context(self, *arguments: Any, **options: Any) -> click.Context:
        """Read the options in front of the command's name. Raises Mistake."""
        with _in_one_line([]):
            return super().make_context(*arguments, **options)

    def invoke(self, ctx: click.Context) -> Any:
        """Find the command, read what belongs to it, and run it. Raises Mistake."""
        names = _names(ctx)
        with _in_one_line(names):
            try:
                return super().invoke(ctx)
            except click.UsageError:
                names += [ctx.invoked_subcommand] if ctx.invoked_subcommand else []
                raise

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that the first argument names. Raises Mistake when there is none."""
        if not args[0].startswith("-") and self.get_command(ctx, args[0]) is None:
            near = _near(args[0], self.list_commands(ctx), _names(ctx))
            raise Mistake(f"there is no command '{' '.join([*_names(ctx), args[0]])}'{near}")
        return super().resolve_command(ctx, args)


@contextmanager
def _in_one_line(names: list[str]) -> Iterator[None]:
    """Make a Mistake of click's errors; `names` are the commands so far, where it does not know."""
    try:
        yield
    except click.UsageError as error:
        # A group without a command shows what it can do, which is longer than a line.
        if type(error).__name__ == "NoArgsIsHelpError":
            raise
        found = _names(error.ctx) if error.ctx else names
        place = f"{' '.join(found)}: " if found else ""
        raise Mistake(" ".join(f"{place}{_said(error, found)}".split())) from error


def _names(ctx: click.Context) -> list[str]:
    """The commands that lead here, without the program's own name."""
    return [*_names(ctx.parent), ctx.info_name or ""] if ctx.parent else []


def _said(error: click.UsageError, names: list[str]) -> str:
    """What is wrong, and what would be right."""
    if isinstance(error, click.NoSuchOption):
        known = error.ctx.command.params if error.ctx else []
        options = [name for param in known for name in param.opts if name.startswith("-")]
        return f"there is no option '{error.option_name}'" + _near(
            error.option_name, [*options, "--help"], names
        )
    param = error.param if isinstance(error, click.BadParameter) else None
    if param is None:
        said = error.format_message().rstrip(".")
        return said[:1].lower() + said[1:] + _near("", [], names)
    name = param.opts[0] if isinstance(param, click.Option) else param.human_readable_name
    if isinstance(error, click.MissingParameter):
        return f"{name} is missing" + _near("", [], names)
    given = error.message.partition("'")[2].partition("'")[0]
    choices = param.type.choices if isinstance(param.type, click.Choice) else ()
    return f"{name}: {error.message.rstrip('.')}" + _near(given, map(str, choices), names)


def _near(given: str, known: Iterable[str], names: list[str]) -> str:
    """The name that was meant; where none is near, where to read what is possible."""
    from .contract.names import did_you_mean  # noqa: PLC0415 - the contract takes its time

    see = " ".join(["bacasable", *names, "--help"])
    return did_you_mean(given, known) or f"; see '{see}'"
