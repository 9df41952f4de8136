"""Platforms: what a contract cannot say of one, and where its files lie.

A platform is a package below this one or in another distribution (entry points of the group
`bacasable.platforms`), a folder with an openapi.yaml, or a single document.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path

from ..contract.model import Contract, Json, JsonObject
from ..contract.names import did_you_mean
from ..core import Behaviour, Tokens
from ..core.situation import Situation
from .folder import FIXTURES as FIXTURES_IN
from .folder import GUIDES, FolderCode, code_in, document_in, fixtures_in, overlay_in

__all__ = [
    "DEFAULT",
    "Behaviour",
    "PlatformPackage",
    "Population",
    "Situation",
    "UnknownPlatform",
    "platform_named",
]

DEFAULT = "qualiforma"
"""The platform of a command that names none."""
_GROUP = "bacasable.platforms"
_INCLUDED = (DEFAULT,)

Population = Callable[[JsonObject, int, str], Iterable[JsonObject]]
"""Steps, as fixture files write them, for the sizes given under `generate`, a seed and a domain."""


class UnknownPlatform(Exception):
    """There is no platform of this name. One line with those that there are."""


@dataclass(frozen=True, slots=True)
class PlatformPackage:
    """What is served as one platform.

    `tenants` are the fixtures that are opened when none is named, by their names in `fixtures`.
    `behaviours` are what resources do that the contract cannot say. `populations` are what fixtures
    generate; `judge` raises ValueError for a body in a fixture that may not be seeded.
    `overlay` is applied to the contract. `guides` are pages of its documentation, in Markdown.
    `folder` is where all of it lies, when its user has named a folder, and `code` its rules.py.
    """

    name: str
    contract: Path
    fixtures: Path | None = None
    tenants: tuple[str, ...] = ()
    behaviours: Callable[[Tokens], Mapping[str, Behaviour]] = lambda _: {}
    populations: Mapping[str, Population] = field(default_factory=dict)
    judge: Callable[[Json], None] = lambda _: None
    overlay: Path | None = None
    root: Path | None = None
    guides: Path | None = None
    folder: Path | None = None
    code: FolderCode | None = None

    @classmethod
    def of(
        cls, path: Path, overlay: Path | None = None, root: Path | None = None
    ) -> "PlatformPackage":
        """The platform that a document is, with an overlay; or a folder, with all that is in it.

        An overlay that is given takes the place of the folder's; files that
        the document refers to lie in `root`, or in its folder. Raises ContractError for a folder
        without a document, or with a rules.py that cannot be run.
        """
        if not path.is_dir():
            return cls(path.stem, path, overlay=overlay, root=root)
        guides = path / GUIDES
        return cls(
            name=path.resolve().name,
            contract=document_in(path),
            fixtures=path / FIXTURES_IN,
            tenants=fixtures_in(path),
            overlay=overlay or overlay_in(path),
            root=root,
            guides=guides if guides.is_dir() else None,
            folder=path,
            code=code_in(path),
        )

    def behaviours_for(self, contract: Contract, tokens: Tokens) -> Mapping[str, Behaviour]:
        """What resources do beyond the contract that is served. Raises ContractError."""
        return self.code.behaviours(contract) if self.code else self.behaviours(tokens)

    @property
    def own_fixtures(self) -> list[Path]:
        """The files of the fixtures that are opened when none is named."""
        return [self.fixture(name) for name in self.tenants]

    def fixture(self, name: str) -> Path:
        """The file of a fixture: by the name of one that comes with the platform, or its path."""
        if self.fixtures is not None and "/" not in name:
            packaged = self.fixtures / f"{name}.yaml"
            if packaged.is_file():
                return packaged
        return Path(name)


def platform_named(name: str) -> PlatformPackage:
    """A platform that is installed. Raises UnknownPlatform."""
    if name in _INCLUDED:
        included: PlatformPackage = import_module(f"{__name__}.{name}").PLATFORM
        return included
    others = {entry.name: entry for entry in entry_points(group=_GROUP)}
    if name not in others:
        known = [*_INCLUDED, *others]
        near = did_you_mean(name, known) or f"; there are {', '.join(known)}"
        raise UnknownPlatform(f"'{name}' is no platform{near}")
    other: PlatformPackage = others[name].load()
    return other
