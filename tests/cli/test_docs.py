"""`bacasable docs`: builds and checks the documentation of any contract."""

import re
import shutil

import pytest
import yaml
from click.testing import CliRunner

from bacasable.cli import main
from bacasable.resources import CONTRACT
from tests.cli.test_cli import one_line
from tests.cli.test_cli import run as run_process
from tests.contract.toy import toy

OVERLAY = {
    "overlay": "1.0.0",
    "info": {"title": "Français", "version": "1.0.0"},
    "actions": [{"target": "$.info", "update": {"title": "Salles"}}],
}


def run(*arguments, status=0):
    """What a command printed, in lines: on standard output, and on standard error."""
    done = CliRunner().invoke(main, ["docs", *map(str, arguments)], catch_exceptions=False)
    assert done.exit_code == status, done.output
    return done.stdout.splitlines(), done.stderr.splitlines()


def refused(*arguments):
    """The only line of a command that its user must correct."""
    out, (line,) = run(*arguments, status=2)
    assert out == []
    assert line.startswith("bacasable: ")
    return line


@pytest.fixture(scope="module")
def contract(tmp_path_factory):
    file = tmp_path_factory.mktemp("contract") / "rooms.yaml"
    file.write_text(yaml.safe_dump(toy(), sort_keys=False), "utf-8")
    return file


@pytest.fixture(scope="module")
def finished(contract, tmp_path_factory):
    """A folder that was built, not to be changed."""
    out = tmp_path_factory.mktemp("built") / "site"
    run("build", "--contract", contract, "--out", out, "--base-url", "https://api.example/api/v1/")
    return out


@pytest.fixture
def folder(finished, tmp_path):
    """A copy of it, to be changed."""
    return shutil.copytree(finished, tmp_path / "site")


def test_the_documentation_of_another_contract_is_built(contract, tmp_path):
    (line,), errors = run("build", "--contract", contract, "--out", tmp_path / "site")
    assert errors == []
    count = sum(path.is_file() for path in (tmp_path / "site").rglob("*"))
    assert re.fullmatch(rf"{count} files, \d+\.\d MB, in \d+\.\d s: .*site", line)
    assert (tmp_path / "site" / "en" / "index.html").is_file()
    assert not (tmp_path / "site" / "fr").exists()


def test_addresses_stand_in_front_of_the_base_path(finished):
    text = (finished / "downloads" / "rooms.en.http").read_text("utf-8")
    assert "@baseUrl = https://api.example/api/v1\n" in text


def test_languages_are_those_of_overlays(contract, tmp_path):
    overlay = tmp_path / "mine.yaml"
    overlay.write_text(yaml.safe_dump(OVERLAY), "utf-8")
    out = tmp_path / "site"
    run("build", "--contract", contract, "--out", out, "--overlay", f"fr={overlay}")
    assert "Salles" in (out / "fr" / "index.html").read_text("utf-8")
    assert "Rooms" in (out / "en" / "index.html").read_text("utf-8")
    beside = tmp_path / "locales" / "fr.overlay.yaml"
    beside.parent.mkdir()
    shutil.copy(overlay, beside)
    shutil.copy(contract, tmp_path / "rooms.yaml")
    run("build", "--contract", tmp_path / "rooms.yaml", "--out", out, "--lang", "fr")
    assert not (out / "en").exists()
    run("build", "--contract", contract, "--out", out, "--lang", "de")
    assert '<html lang="de"' in (out / "de" / "index.html").read_text("utf-8")


def test_a_folder_is_compared_as_it_was_built(folder, contract):
    assert run("check", folder, "--contract", contract) == (["No findings."], [])


def test_a_changed_byte_a_missing_page_and_a_strange_file_are_found(folder, contract):
    page = folder / "en" / "index.html"
    page.write_bytes(page.read_bytes().replace(b"Rooms", b"Roomz", 1))
    (folder / "404.html").unlink()
    (folder / "mine.txt").write_text("", "utf-8")
    found, last = run("check", folder, "--contract", contract, status=1)
    assert re.fullmatch(r"en/index\.html:\d+: has '.*Roomz.*', the contract gives '.*'", found[0])
    assert found[1:] == ["404.html: is missing", "mine.txt: is not part of the site"]
    assert last == ["3 finding(s)"]


def test_a_folder_is_out_of_date_when_the_contract_has_changed(folder, tmp_path):
    changed = tmp_path / "rooms.yaml"
    changed.write_text(yaml.safe_dump(toy({"/info/title": "Halls"}), sort_keys=False), "utf-8")
    found, _ = run("check", folder, "--contract", changed, status=1)
    assert any(line.startswith("en/index.html:") for line in found)


def test_a_published_folder_has_its_maps_and_is_compared_with_them(contract, tmp_path):
    out, address = tmp_path / "site", "https://docs.example/rooms/"
    run("build", "--contract", contract, "--out", out, "--site-url", address)
    assert "https://docs.example/rooms/en/index.html" in (out / "sitemap.xml").read_text("utf-8")
    run("check", out, "--contract", contract)
    found, _ = run(
        "check", out, "--contract", contract, "--site-url", "https://else.example", status=1
    )
    assert any(line.startswith("sitemap.xml:") for line in found)


def test_links_that_lead_nowhere_stop_a_build(contract, tmp_path, monkeypatch):
    from bacasable.portal import build

    monkeypatch.setattr(build, "broken_links", lambda _: ["en/a.html: the link 'x' is broken"])
    found = run("build", "--contract", contract, "--out", tmp_path / "site", status=1)
    assert found == (["en/a.html: the link 'x' is broken"], ["1 finding(s)"])
    assert not (tmp_path / "site").exists()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["build"], "--out is missing"),
        (["build", "--out", "x", "--contract", "none.yaml"], "cannot be read"),
        (["build", "--out", "x", "--lang", "fr,,en"], "'' is no language"),
        (["build", "--out", "x", "--lang", "../etc"], "is no language"),
        (["build", "--out", "x", "--lang", "de"], "give --overlay de=FILE"),
        (["build", "--out", "x", "--lang", "en,de"], "give --overlay de=FILE"),
        (["build", "--out", "x", "--overlay", "fr.yaml"], "such as fr=fr.overlay.yaml"),
        (["build", "--out", "x", "--overlay", "fr=none.yaml"], "none.yaml: cannot be read"),
        (["build", "--out", "x", "--base-url", "localhost:4010"], "is no address"),
        (["build", "--out", "x", "--site-url", "ftp://docs.example"], "is no address"),
        (["build", "--out", "x", "--site-url", "http://["], "is no address"),
        (["check", "none"], "no site that 'bacasable docs build' wrote"),
        (["check", "--out", "x"], "there is no option '--out'"),
        (["biuld"], "did you mean 'build'"),
    ],
)
def test_a_mistake_is_one_line_with_the_remedy(arguments, says, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert says in refused(*arguments)
    assert list(tmp_path.iterdir()) == []


def test_files_of_others_are_not_replaced(tmp_path):
    (tmp_path / "thesis.txt").write_text("mine", "utf-8")
    assert "no build of ours wrote" in refused("build", "--out", tmp_path)
    assert (tmp_path / "thesis.txt").read_text("utf-8") == "mine"


def test_the_command_works_in_a_process_of_its_own(contract, tmp_path):
    done = run_process("docs", "build", "--contract", contract, "--out", tmp_path / "site")
    assert done.returncode == 0, done
    assert "no.yaml: cannot be read" in one_line(
        run_process("docs", "check", "--contract", "no.yaml")
    )


def test_the_packaged_contract_has_the_languages_of_its_overlays(monkeypatch):
    from bacasable import portal
    from bacasable.contract import ContractError

    asked = {}

    def load_site(contract, overlays, **options):
        asked.update(options, source=contract.source, overlays=set(overlays))
        raise ContractError("enough")

    monkeypatch.setattr(portal, "load_site", load_site)
    assert refused("build", "--out", "x") == "bacasable: enough"
    assert asked == {
        "source": str(CONTRACT),
        "overlays": {"fr"},
        "languages": ["en", "fr"],
        "base_url": "",
        "guides": None,
    }
