"""Bundling of others' scripts, with an npm of our own: what is fetched, refused and left alone."""

import base64
import hashlib
import importlib.util
import io
import json
import os
import stat
import tarfile
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
MIT = "MIT License\n\nCopyright (c) somebody\n\nPermission is granted.\n"
FAKE_NPM = """#!/bin/sh
# npm pack NAME@VERSION ... --pack-destination FOLDER
echo "$2" >> "{folder}/calls"
[ -f "{folder}/fails" ] && exit 1
for folder; do :; done
name=$(echo "$2" | tr -d '@/')
[ -f "{folder}/$name.tgz" ] && cp "{folder}/$name.tgz" "$folder"
exit 0
"""


def load_hook() -> Any:
    """The hook's module: it lies beside the package, not in it."""
    if not (ROOT / "hatch_build.py").is_file():
        pytest.skip("the hook is part of the source, not of the wheel")
    spec = importlib.util.spec_from_file_location("hatch_build", ROOT / "hatch_build.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def archive(files: dict[str, str]) -> bytes:
    """An archive as npm makes it."""
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w:gz") as members:
        for name, text in files.items():
            member = tarfile.TarInfo(f"package/{name}")
            member.size = len(text.encode())
            members.addfile(member, io.BytesIO(text.encode()))
    return target.getvalue()


def integrity(content: bytes) -> str:
    return "sha512-" + base64.b64encode(hashlib.sha512(content).digest()).decode()


class Bench:
    """A folder of the portal, a lock of one package, and an npm that gives its archive."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.hook = load_hook()
        self.portal, self.npm = folder / "portal", folder / "npm"
        (self.portal / "web").mkdir(parents=True)
        self.npm.mkdir()
        script = self.npm / "npm"
        script.write_text(FAKE_NPM.format(folder=self.npm))
        script.chmod(script.stat().st_mode | stat.S_IXUSR)
        monkeypatch.setenv("PATH", f"{self.npm}{os.pathsep}/usr/bin{os.pathsep}/bin")
        monkeypatch.delenv("BACASABLE_NO_BUNDLE", raising=False)
        self.package = {
            "name": "@some/thing",
            "version": "1.2.3",
            "licence": "MIT",
            "copyright": "Copyright (c) Thing",
            "files": {"thing.js": ["dist/a.js"]},
            "licences": [],
        }
        self.give({"dist/a.js": "var thing = 1;\n"})

    def give(self, files: dict[str, str]) -> None:
        content = archive(files)
        (self.npm / "something1.2.3.tgz").write_bytes(content)
        self.package["integrity"] = integrity(content)

    def lock(self, **changed: Any) -> None:
        self.package |= changed

    def bundle(self) -> list[str]:
        lock = self.portal / "web" / "packages.json"
        lock.write_text(json.dumps([self.package]), "utf-8")
        return self.hook.bundle(self.portal, MIT)

    @property
    def calls(self) -> list[str]:
        calls = self.npm / "calls"
        return calls.read_text().split() if calls.is_file() else []

    @property
    def placed(self) -> dict[str, str]:
        vendor = self.portal / "vendor"
        found = vendor.iterdir() if vendor.is_dir() else ()
        return {f.name: f.read_text() for f in found if not f.name.startswith(".")}


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    return Bench(tmp_path, monkeypatch)


def test_the_named_files_and_a_licence_are_placed(bench: Bench) -> None:
    assert bench.bundle() == []
    assert bench.placed["thing.js"] == "var thing = 1;\n"
    licence = bench.placed["thing.LICENSE.txt"]
    assert "@some/thing 1.2.3, MIT" in licence
    assert "Copyright (c) Thing" in licence
    assert "Permission is granted." in licence
    assert "somebody" not in licence
    assert bench.calls == ["@some/thing@1.2.3"]


def test_what_is_in_place_is_not_fetched_again(bench: Bench) -> None:
    bench.bundle()
    (bench.npm / "fails").touch()
    assert bench.bundle() == []
    assert len(bench.calls) == 1


@pytest.mark.parametrize("name", ["thing.js", "thing.LICENSE.txt"])
def test_a_file_that_went_missing_is_fetched_again(bench: Bench, name: str) -> None:
    bench.bundle()
    (bench.portal / "vendor" / name).unlink()
    assert bench.bundle() == []
    assert name in bench.placed


def test_a_changed_lock_is_followed(bench: Bench) -> None:
    bench.bundle()
    bench.give({"dist/a.js": "var thing = 2;\n"})
    assert bench.bundle() == []
    assert bench.placed["thing.js"] == "var thing = 2;\n"


def test_a_damaged_record_of_what_is_in_place_is_no_obstacle(bench: Bench) -> None:
    bench.bundle()
    (bench.portal / "vendor" / bench.hook.STAMP).write_text("{")
    assert bench.bundle() == []
    assert len(bench.calls) == 2


def test_a_foreign_archive_is_refused_and_nothing_of_it_stays(bench: Bench) -> None:
    bench.bundle()
    bench.lock(integrity=integrity(b"another"))
    (missing,) = bench.bundle()
    assert "@some/thing" in missing
    assert "packages.json" in missing
    assert bench.placed == {}
    # And again: it is not taken for placed.
    assert bench.bundle() == [missing]


def test_an_archive_without_a_named_file_places_nothing(bench: Bench) -> None:
    bench.lock(files={"thing.js": ["dist/a.js"], "other.js": ["dist/b.js"]})
    assert len(bench.bundle()) == 1
    assert bench.placed == {}


def test_an_archive_that_is_none_places_nothing(bench: Bench) -> None:
    (bench.npm / "something1.2.3.tgz").write_bytes(b"no archive")
    bench.lock(integrity=integrity(b"no archive"))
    assert len(bench.bundle()) == 1
    assert bench.placed == {}


def test_an_npm_that_fails_is_named(bench: Bench) -> None:
    (bench.npm / "fails").touch()
    assert bench.bundle() == ["@some/thing (npm could not fetch it)"]


def test_an_npm_that_gives_nothing_is_named(bench: Bench) -> None:
    (bench.npm / "something1.2.3.tgz").unlink()
    assert bench.bundle() == ["@some/thing (npm gave no archive)"]


def test_a_machine_without_npm_is_told_so(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(bench.portal))
    assert bench.bundle() == ["@some/thing (npm is not installed)"]


def test_a_reason_that_several_have_is_told_once(bench: Bench) -> None:
    told = bench.hook.summary(["a (no npm)", "@b/c (no archive)", "d (no npm)"])
    assert told == "a, d (no npm); @b/c (no archive)"


def test_the_variable_skips_everything(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BACASABLE_NO_BUNDLE", "1")
    assert bench.bundle() == []
    assert bench.calls == []
    assert not (bench.portal / "vendor").exists()


def test_one_missing_package_leaves_the_others_in_place(bench: Bench) -> None:
    lost = bench.package | {"name": "lost", "files": {"lost.js": ["dist/a.js"]}}
    lock = bench.portal / "web" / "packages.json"
    lock.write_text(json.dumps([lost, bench.package]), "utf-8")
    (missing,) = bench.hook.bundle(bench.portal, MIT)
    assert missing.startswith("lost ")
    assert "thing.js" in bench.placed


def test_modules_become_one_classic_script(bench: Bench) -> None:
    bench.give(
        {
            "a.js": "export const one = 1;\n//# sourceMappingURL=a.js.map\n",
            "b.js": "import { one } from './a.js';\nexport class Thing { two = one + 1; }\n",
        }
    )
    bench.lock(files={"thing.js": ["a.js", "b.js"]}, exports=["Thing"])
    assert bench.bundle() == []
    text = bench.placed["thing.js"]
    assert "import" not in text
    assert "export" not in text
    assert "sourceMappingURL" not in text
    assert "return { Thing };" in text


def test_licences_of_the_package_are_taken_as_they_are(bench: Bench) -> None:
    bench.give({"dist/a.js": "1;", "LICENSE": "Own licence.", "NOTICE": "A notice."})
    bench.lock(licences=["LICENSE", "NOTICE"])
    assert bench.bundle() == []
    licence = bench.placed["thing.LICENSE.txt"]
    assert "Own licence." in licence
    assert "A notice." in licence
    assert "Permission is granted." not in licence


def test_the_lock_names_each_file_once_and_every_archive_by_its_sha512() -> None:
    load_hook()
    lock = json.loads((ROOT / "src/bacasable/portal/web/packages.json").read_text("utf-8"))
    names = [name for package in lock for name in package["files"]]
    assert len(names) == len(set(names))
    for package in lock:
        assert len(base64.b64decode(package["integrity"].removeprefix("sha512-"))) == 64
        assert package["licence"] in {"MIT", "Apache-2.0"}
        assert package["licence"] == "MIT" or package["licences"]
        assert all(package["version"].split("."))
