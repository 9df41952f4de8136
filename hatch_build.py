"""Brings the browser scripts of others into the package while it is built.

`src/bacasable/portal/web/packages.json` pins them: name, version, sha512 of the archive, and the
files to take out of it. Each archive comes from `npm pack`, is compared with its sha512, and its
files are written into `src/bacasable/portal/vendor`, which is in the wheel and in no commit.
A lock of npm's own with `npm ci` would do the same, but installs every dependency as well: 303
packages and 254 MB for Scalar alone, of which one file is used, and that one holds all it needs.

Nothing here can fail a build. What could not be had is named in one line, the pages that need it
say so, and the next build tries again. BACASABLE_NO_BUNDLE=1 skips all of it.
"""

import base64
import hashlib
import io
import json
import os
import re
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

PORTAL = "src/bacasable/portal"
STAMP = ".bundled.json"
_EXPORT = re.compile(r"^export (?=(?:const|let|var|function|class) )", re.MULTILINE)
_IMPORT = re.compile(r"^import .*\n?", re.MULTILINE)
_SOURCE_MAP = re.compile(r"^(?://|/\*)# sourceMappingURL=.*\n?", re.MULTILINE)

Package = dict[str, Any]


class NotBundledError(Exception):
    """A package could not be had. One phrase that says why."""


class BundleHook(BuildHookInterface):
    """What the build calls, for wheels and for editable installs."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Bundle what is not yet in place, and warn in one line of what is missing."""
        root = Path(self.root)
        missing = bundle(root / PORTAL, (root / "LICENSE").read_text("utf-8"))
        if missing:
            self.app.display_warning(f"Built without {summary(missing)}.")


def bundle(portal: Path, mit: str) -> list[str]:
    """Fill `vendor` in a folder of the portal; return what is missing, each with the reason.

    `mit` is a text of the MIT licence, for packages that bring none. Nothing is done for a
    package that is in place as the lock wants it.
    """
    if os.environ.get("BACASABLE_NO_BUNDLE"):
        return []
    wanted: list[Package] = json.loads((portal / "web" / "packages.json").read_text("utf-8"))
    vendor = portal / "vendor"
    vendor.mkdir(exist_ok=True)
    stamp = vendor / STAMP
    placed = _read_stamp(stamp)
    missing = []
    for package in wanted:
        if placed.get(package["name"]) == package and _is_complete(vendor, package):
            continue
        try:
            _place(vendor, package, _archive(package), mit)
        except NotBundledError as error:
            _remove(vendor, package)
            placed.pop(package["name"], None)
            missing.append(f"{package['name']} ({error})")
        else:
            placed[package["name"]] = package
        stamp.write_text(json.dumps(placed), "utf-8")
    return missing


def summary(missing: list[str]) -> str:
    """What is missing in one line, each reason once."""
    names: dict[str, list[str]] = {}
    for name, _, reason in (text.partition(" (") for text in missing):
        names.setdefault(reason, []).append(name)
    return "; ".join(f"{', '.join(found)} ({reason}" for reason, found in names.items())


def _read_stamp(stamp: Path) -> dict[str, Package]:
    try:
        found: dict[str, Package] = json.loads(stamp.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return found


def _is_complete(vendor: Path, package: Package) -> bool:
    return all((vendor / name).is_file() for name in [*package["files"], _licence_name(package)])


def _remove(vendor: Path, package: Package) -> None:
    """An older version would pass for the one that the lock names."""
    for name in [*package["files"], _licence_name(package)]:
        (vendor / name).unlink(missing_ok=True)


def _archive(package: Package) -> bytes:
    """The archive of a package as npm gives it, its sha512 compared with the lock."""
    npm = shutil.which("npm")
    if npm is None:
        raise NotBundledError("npm is not installed")
    options = ["--silent", "--ignore-scripts", "--fetch-retries=0", "--fetch-timeout=30000"]
    name = f"{package['name']}@{package['version']}"
    with tempfile.TemporaryDirectory() as folder:
        command = [npm, "pack", name, *options, "--pack-destination", folder]
        try:
            # Away from the project: its folder is no npm package.
            subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=120)
        except (OSError, subprocess.SubprocessError) as error:
            raise NotBundledError("npm could not fetch it") from error
        found = sorted(Path(folder).glob("*.tgz"))
        if not found:
            raise NotBundledError("npm gave no archive")
        archive = found[0].read_bytes()
    if _integrity(archive) != package["integrity"]:
        raise NotBundledError("its archive is not the one that packages.json names")
    return archive


def _integrity(archive: bytes) -> str:
    return "sha512-" + base64.b64encode(hashlib.sha512(archive).digest()).decode()


def _place(vendor: Path, package: Package, archive: bytes, mit: str) -> None:
    """Write the files of a package and its licence, all of them or none."""
    try:
        with tarfile.open(fileobj=io.BytesIO(archive)) as members:
            texts = {
                name: _script(package, [_member(members, part) for part in parts])
                for name, parts in package["files"].items()
            }
            texts[_licence_name(package)] = _licence(package, members, mit)
    except (KeyError, tarfile.TarError, UnicodeDecodeError) as error:
        raise NotBundledError("its archive does not hold what packages.json names") from error
    for name, text in texts.items():
        (vendor / name).write_text(text, "utf-8")


def _member(members: tarfile.TarFile, path: str) -> str:
    file = members.extractfile(f"package/{path}")
    if file is None:
        raise KeyError(path)
    return file.read().decode("utf-8")


def _script(package: Package, parts: list[str]) -> str:
    """One file of parts; ES modules become a classic script, which works from file:// as well."""
    text = "\n".join(_SOURCE_MAP.sub("", part) for part in parts)
    if "exports" not in package:
        return text
    body = _EXPORT.sub("", _IMPORT.sub("", text))
    given = ", ".join(package["exports"])
    return f"Object.assign(globalThis, (() => {{\n{body}\nreturn {{ {given} }};\n}})());\n"


def _licence_name(package: Package) -> str:
    return package["name"].rpartition("/")[2] + ".LICENSE.txt"


def _licence(package: Package, members: tarfile.TarFile, mit: str) -> str:
    """The licence of a package: its own files, or the text of the MIT licence with its name."""
    head = f"{package['name']} {package['version']}, {package['licence']}\n\n"
    if package["licences"]:
        return head + "\n\n".join(_member(members, name) for name in package["licences"])
    return head + re.sub(r"(?m)^Copyright .*$", package["copyright"], mit, count=1)
