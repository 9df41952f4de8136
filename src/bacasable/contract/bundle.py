"""A contract in several files as one document: what other files hold becomes a component of it.

Only files in the folder of the contract, or below it, are read, or in one that its user names:
whoever shows the contract of somebody else must not publish other files with it.
"""

import os
import re
from contextlib import suppress
from functools import partial
from pathlib import Path
from urllib.parse import quote, unquote

from .document import ContractError, at_pointer, parse_document, pointer, read_text
from .grammar import GONE, SECTIONS, misshapen, rebuilt, referring, without_misshapen
from .lines import Lines, describe
from .model import Json, JsonObject, Violation

_Steps = tuple[str | int, ...]
_Faults = dict[tuple[str | None, str], ContractError]
_TOP = 2
"""So deep in a document that leaves enough of it which is left out there."""
# Where a reference within the contract may lead; other places are treated as another file's.
_KNOWN = ("/components/", "/paths/", "/webhooks/")
# What a file with a schema has and OpenAPI has not; what is used of `definitions` stands elsewhere.
_OF_FILES = frozenset({"$schema", "$id", "definitions"})


class _Elsewhere(ContractError):
    """A reference leads to another host, whose files are not fetched."""


def bundled(
    document: JsonObject, path: Path, root: Path | None = None
) -> tuple[JsonObject, list[ContractError]]:
    """A new document in which every reference leads to a place that OpenAPI has.

    Files are read that lie in `root`, or else in the folder of the document. What lies on another
    host, or is not made as OpenAPI wants it, is left out; a schema allows anything then. Each such
    fault is given beside. Raises ContractError for references that cannot be followed, each with
    its place (in the message, when it stands in another file), and where too little would be left.
    """
    return _Bundle(document, path, root).whole()


class _Bundle:
    """The files of a contract, and the components made of them so far."""

    def __init__(self, document: JsonObject, path: Path, within: Path | None) -> None:
        self._path, self._named = path, within
        self._root = root = path.resolve()
        self._files: dict[Path, JsonObject] = {root: document}
        self._texts: dict[Path, str] = {}
        self._lines: dict[Path, Lines] = {}
        self._names: dict[tuple[Path, str, str], str] = {}
        self._added: dict[str, JsonObject] = {}
        self._waiting: list[tuple[str, str, Path, str]] = []
        self._faults: _Faults = {}
        self._mended: _Faults = {}
        self._within = (within or root.parent).resolve()
        if not root.is_relative_to(self._within):
            said = f"does not lie in {within}; name a folder above it with --root"
            raise ContractError(f"{path}: {said}")

    def whole(self) -> tuple[JsonObject, list[ContractError]]:
        document: JsonObject = self._read("document", self._root, "")
        while self._waiting:
            kind, name, file, fragment = self._waiting.pop()
            made = self._read(kind, file, fragment)
            if kind == "schema" and isinstance(made, dict):
                made = {key: value for key, value in made.items() if key not in _OF_FILES}
            self._added[SECTIONS[kind]][name] = made
        if self._faults:
            first, *others = (*self._faults.values(), *self._mended.values())
            raise ContractError(str(first), first.place, others)
        if self._added:
            components = document.get("components", {})
            merged = {s: {**components.get(s, {}), **more} for s, more in self._added.items()}
            document["components"] = {**components, **merged}
        return document, list(self._mended.values())

    def _read(self, kind: str, file: Path, fragment: str) -> Json:
        """A part of a file, put into the place of the contract where it is to stand."""
        steps = tuple(s.replace("~1", "/").replace("~0", "~") for s in fragment.split("/")[1:])
        part = self._at(file, fragment)
        if next(misshapen(kind, part, steps), None):
            part = self._mend(kind, part, file, steps)
        return part if part is GONE else rebuilt(kind, part, partial(self._changed, file), steps)

    def _mend(self, kind: str, part: Json, file: Path, steps: _Steps) -> Json:
        """A part of a file without what cannot be read in it; GONE where nothing is left.

        Of a document something is: what is wrong with all of it is a fault.
        """
        part = rebuilt(kind, part, partial(self._spread, file), steps)
        if not steps:
            self._files[file] = part  # others refer to what stands in it now
        part, found = without_misshapen(kind, part, steps)
        for finding in found:
            is_whole = kind == "document" and finding.pointer.count("/") < _TOP
            self._note(self._faults if is_whole else self._mended, file, finding)
        return {} if part is GONE and kind == "schema" else part

    def _spread(self, file: Path, kind: str, node: JsonObject, path: _Steps) -> Json:
        """An object of which no map, list or text is a reference, though some were.

        Each of their members is one then, which may be followed as all are.
        """
        for key, reference in list(referring(kind, node)):
            try:
                target, fragment = self._target(file, reference)
            except ContractError as error:
                noted = self._mended if isinstance(error, _Elsewhere) else self._faults
                self._note(noted, file, Violation(pointer(*path, key), str(error)))
                del node[key]
                continue
            address, held = reference.partition("#")[0], self._at(target, fragment)
            beside = {name: value for name, value in node[key].items() if name != "$ref"}
            where = f"{address}#{quote(fragment, safe='/~')}"
            if isinstance(held, dict):
                held = {n: {"$ref": where + quote(pointer(n), safe="/~")} for n in held} | beside
            elif isinstance(held, list):
                held = [{"$ref": f"{where}/{number}"} for number in range(len(held))]
            node[key] = held
            said = f"{reference}: may not stand here; what it leads to is taken"
            self._note(self._mended, file, Violation(pointer(*path, key), said))
        return node

    def _changed(self, file: Path, kind: str, node: JsonObject, path: _Steps) -> Json:
        """An object of a file with its references led to where their targets stand now."""
        try:
            if kind == "schema":
                node = self._with_mapping(file, node)
            reference = node.get("$ref")
            if not isinstance(reference, str) or self._stays(file, reference):
                return node
            target, fragment = self._target(file, reference)
            if kind in SECTIONS:
                return {**node, "$ref": self._component(kind, target, fragment)}
            if target == self._root and fragment.startswith(_KNOWN):
                return {**node, "$ref": "#" + quote(fragment, safe="/~")}
        except ContractError as error:
            elsewhere = isinstance(error, _Elsewhere)
            noted = self._mended if elsewhere else self._faults
            self._note(noted, file, Violation(pointer(*path), str(error)))
            return {} if elsewhere and kind == "schema" else GONE if elsewhere else node
        found = self._read(kind, target, fragment)
        beside = {key: value for key, value in node.items() if key != "$ref"}
        return {**found, **beside} if isinstance(found, dict) else found

    def _stays(self, file: Path, reference: str) -> bool:
        return file == self._root and unquote(reference).startswith(tuple("#" + k for k in _KNOWN))

    def _with_mapping(self, file: Path, schema: JsonObject) -> JsonObject:
        """A schema whose discriminator may name files, or places in its own."""
        discriminator = schema.get("discriminator")
        if not isinstance(discriminator, dict):
            return schema
        mapping = discriminator.get("mapping")
        if not isinstance(mapping, dict):
            return schema
        led = {}
        for value, name in mapping.items():
            leads = isinstance(name, str) and re.search(r"^#|\.(ya?ml|json)(#|$)", name)
            if leads and not self._stays(file, name):
                led[value] = self._component("schema", *self._target(file, name))
        return {**schema, "discriminator": {**discriminator, "mapping": {**mapping, **led}}}

    def _target(self, file: Path, reference: str) -> tuple[Path, str]:
        """The file and the pointer that a reference in a file means."""
        address, _, fragment = reference.partition("#")
        fragment = unquote(fragment)
        if re.match(r"[A-Za-z][A-Za-z0-9+.-]+:|//", address):
            said = "is not fetched; save it beside the document and refer to the file"
            raise _Elsewhere(f"{reference}: {said}")
        if fragment and not fragment.startswith("/"):
            said = "names an anchor; write a pointer such as '#/components/schemas/Name'"
            raise ContractError(f"{reference}: {said}")
        target = (file.parent / unquote(address).replace("\0", "")).resolve() if address else file
        if not target.is_relative_to(self._within):
            where = self._named or "the folder of the contract"
            said = f"lies outside {where}; name a folder that holds both: --root DIR"
            raise ContractError(f"{reference}: {said}")
        if target not in self._files:
            if not target.is_file():
                raise ContractError(f"{reference}: there is no such file; correct the reference")
            self._texts[target] = read_text(self._shown(target))
            self._files[target] = parse_document(self._texts[target], str(self._shown(target)))
        try:
            self._at(target, fragment)
        except ContractError:
            raise ContractError(f"{reference}: leads nowhere; correct the reference") from None
        return target, fragment

    def _component(self, kind: str, file: Path, fragment: str) -> str:
        """The reference to a part of a file as a component, which is read later if it is new."""
        section = SECTIONS[kind]
        if file == self._root and fragment.startswith(f"/components/{section}/"):
            return "#" + quote(fragment, safe="/~")
        key = (file, fragment, section)
        if key not in self._names:
            last = fragment.rpartition("/")[2] or file.name.split(".")[0]
            wanted = re.sub(r"[^A-Za-z0-9_-]+", "_", last)
            added = self._added.setdefault(section, {})
            known = self._files[self._root].get("components", {}).get(section, {})
            name, number = wanted, 1
            while name in added or (
                name in known and not self._is_that(known[name], file, fragment)
            ):
                number += 1
                name = f"{wanted}_{number}"
            added[name] = None  # its place among the others
            self._names[key] = name
            self._waiting.append((kind, name, file, fragment))
        return f"#/components/{section}/{self._names[key]}"

    def _is_that(self, component: Json, file: Path, fragment: str) -> bool:
        """Whether a component of the document is nothing but a reference to a part of a file."""
        reference = component.get("$ref") if isinstance(component, dict) else None
        if not isinstance(reference, str) or reference.startswith("#"):
            return False
        with suppress(ContractError):
            return self._target(self._root, reference) == (file, fragment)
        return False

    def _at(self, file: Path, fragment: str) -> Json:
        content = self._files[file]
        return at_pointer(content, "#" + quote(fragment, safe="/~")) if fragment else content

    def _note(self, noted: _Faults, file: Path, finding: Violation) -> None:
        """Note what is wrong in a file, once."""
        if file == self._root:
            fault = ContractError(finding.detail, finding.pointer)
        else:
            lines = self._lines.setdefault(file, Lines(self._texts[file]))
            fault = ContractError(describe(self._shown(file), lines, finding))
        noted.setdefault((fault.place, str(fault)), fault)

    def _shown(self, file: Path) -> Path:
        """A file as it is reached by the path that the contract was given by."""
        return self._path.parent / os.path.relpath(file, self._root.parent)
