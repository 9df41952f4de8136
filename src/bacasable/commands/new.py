"""`bacasable new`: a small platform in a folder, to be changed into one's own."""

from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

import click

from ..console import say
from ..mistakes import Mistake

_ENDING = ".txt"
"""What is Python there is none of ours: it is written without this ending."""


@click.command()
@click.argument("folder", metavar="FOLDER")
def new(folder: str) -> None:
    """Write a small platform into FOLDER: a contract, rules, a fixture, a guide, tests.

    It runs as it is, and says in place what each part does.
    """
    path = Path(folder)
    try:
        if path.exists() and (not path.is_dir() or any(path.iterdir())):
            raise Mistake(f"{folder}: is there already, and not empty; name another folder")
        written = _write(files("bacasable.platforms").joinpath("starter"), path)
    except OSError as error:
        raise Mistake(f"{folder}: cannot be written ({error.strerror}); check the path") from error
    for name in written:
        say(str(path / name))
    say(f"\nServe it:  bacasable serve {folder}\nTest it:   cd {folder} && pytest")


def _write(source: Traversable, target: Path) -> list[Path]:
    """Write what lies in a folder of the package; gives what there is now, in order."""
    target.mkdir(parents=True, exist_ok=True)
    written = []
    for item in sorted(source.iterdir(), key=lambda one: (one.is_dir(), one.name)):
        name = item.name.removesuffix(_ENDING)
        if item.is_dir():
            written += [Path(name, inner) for inner in _write(item, target / name)]
        else:
            (target / name).write_text(item.read_text("utf-8"), "utf-8")
            written.append(Path(name))
    return written
