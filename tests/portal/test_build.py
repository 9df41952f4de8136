"""The folder that is built: whole or not at all, and never in place of files of others."""

import os
import xml.etree.ElementTree as ET

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bacasable.contract import load_contract
from bacasable.portal import load_site
from bacasable.portal.build import MARKER, Refused, Unsound, build, built_with, everything
from bacasable.portal.checking import differences, findings
from tests.portal.small import small_site

FILES = {"index.html": '<a href="a/b.html#x">', "a/b.html": '<p id="x"><a href="../index.html">'}


def contents(folder):
    """Every file below a folder, hidden ones included."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


@pytest.fixture
def small(monkeypatch):
    return lambda files=FILES, languages=("en",): small_site(monkeypatch, files, languages)


@pytest.mark.sweep
def test_the_whole_site_is_free_of_findings(site):
    assert findings(site) == []


def test_the_folder_holds_what_the_site_serves(site, built):
    there = contents(built)
    assert {path: site.file(path).body for path in site.paths}.items() <= there.items()
    assert there.keys() - set(site.paths) == {".nojekyll", "404.html", MARKER}
    assert list(differences(everything(site), built)) == []


def test_a_build_says_how_much_it_wrote(small, tmp_path):
    done = build(small(), tmp_path / "site")
    there = contents(tmp_path / "site")
    assert (done.files, done.size) == (len(there), sum(map(len, there.values())))


def test_what_a_build_replaces_is_gone_and_nothing_lies_beside_it(small, tmp_path):
    out = tmp_path / "deep" / "site"
    build(small({"old.html": ""}), out)
    build(small(), out)
    assert "old.html" not in contents(out)
    assert [path.name for path in out.parent.iterdir()] == ["site"]


def test_an_empty_folder_is_taken(small, tmp_path):
    build(small(), tmp_path)
    assert FILES.keys() <= contents(tmp_path).keys()


def test_a_folder_of_others_is_refused_and_kept(small, tmp_path):
    (tmp_path / "thesis.txt").write_text("mine", "utf-8")
    with pytest.raises(Refused, match="no build of ours wrote"):
        build(small(), tmp_path)
    assert contents(tmp_path) == {"thesis.txt": b"mine"}
    with pytest.raises(Refused, match="is a file"):
        build(small(), tmp_path / "thesis.txt")
    with pytest.raises(Refused, match="cannot be written"):
        build(small(), tmp_path / "thesis.txt" / "below")


class Interrupted(BaseException):
    """As Ctrl+C."""


@settings(
    max_examples=20,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    deadline=None,
)
@given(at=st.integers(0, 9))
def test_an_interrupted_build_leaves_the_old_site_whole(small, tmp_path, at):
    out = tmp_path / "site"
    build(small({"old.html": "<p>old"}), out)
    before = contents(out)
    calls = iter(range(99))

    def interrupt(*_arguments, **_options):
        if next(calls) == at:
            raise Interrupted

    with pytest.MonkeyPatch.context() as patch:
        site = small_site(patch, FILES)
        for name in ("write_bytes", "rename"):
            real = getattr(type(out), name)

            def faulty(self, *given, real=real):
                interrupt()
                return real(self, *given)

            patch.setattr(type(out), name, faulty)
        try:
            build(site, out)
        except Interrupted:
            assert contents(out) == before
        else:
            assert FILES.keys() <= contents(out).keys()
    assert [path.name for path in tmp_path.iterdir()] == ["site"]


def test_a_broken_link_stops_the_build_before_anything_is_written(small, tmp_path):
    with pytest.raises(Unsound) as refused:
        build(small({"a.html": '<a href="none.html">'}), tmp_path / "site")
    assert refused.value.findings == [
        "a.html: the link 'none.html' leads to none.html, which is no file of the site"
    ]
    assert not (tmp_path / "site").exists()


def test_two_builds_are_equal(small, tmp_path):
    for name in ("one", "two"):
        build(small(), tmp_path / name, site_url="https://docs.example/api")
    assert contents(tmp_path / "one") == contents(tmp_path / "two")


def test_files_can_be_read_by_a_web_server(small, tmp_path):
    mask = os.umask(0o022)
    try:
        build(small(), tmp_path / "site")
    finally:
        os.umask(mask)
    assert (tmp_path / "site").stat().st_mode & 0o777 == 0o755
    assert (tmp_path / "site" / "index.html").stat().st_mode & 0o777 == 0o644


def test_maps_for_search_engines_name_every_page_in_every_language(site, small, tmp_path):
    there = dict(everything(site, "https://docs.example/api"))
    assert b"Sitemap: https://docs.example/api/sitemap.xml" in there["robots.txt"]
    space = {"s": "http://www.sitemaps.org/schemas/sitemap/0.9"}
    root = ET.fromstring(there["sitemap.xml"])  # noqa: S314 - our own
    named = [loc.text for loc in root.findall("s:url/s:loc", space)]
    pages = [p for p in site.paths if p.endswith(".html") and p[:3] in ("en/", "fr/")]
    assert sorted(named) == sorted(f"https://docs.example/api/{path}" for path in pages)
    alternates = root.findall("s:url/{http://www.w3.org/1999/xhtml}link", space)
    assert len(alternates) == 2 * len(pages)
    build(small(), tmp_path / "site")
    assert not {"sitemap.xml", "robots.txt"} & contents(tmp_path / "site").keys()


def test_the_page_for_wrong_addresses_works_at_any_depth(small):
    bare = dict(everything(small(languages=("en", "fr"))))["404.html"].decode()
    assert "href" not in bare
    assert "This page does not exist" in bare
    assert "Cette page n’existe pas" in bare
    known = dict(everything(small(languages=("en", "fr")), "https://docs.example"))["404.html"]
    assert b'href="https://docs.example/fr/index.html"' in known


def test_a_folder_tells_how_it_was_built(small, tmp_path):
    build(small(languages=("en", "fr")), tmp_path / "site", site_url="https://docs.example")
    assert built_with(tmp_path / "site") == {
        "languages": ["en", "fr"],
        "baseUrl": "http://api.example",
        "siteUrl": "https://docs.example",
    }
    with pytest.raises(Refused, match="is no site"):
        built_with(tmp_path)
    (tmp_path / "site" / MARKER).write_text("{}", "utf-8")
    with pytest.raises(Refused, match="build the site again"):
        built_with(tmp_path / "site")


@given(st.data())
@settings(max_examples=40, deadline=None)
def test_a_changed_byte_is_found_with_its_line(tmp_path_factory, data):
    lines = ["first", "second", "third line é"]
    body = "\n".join(lines).encode()
    at = data.draw(st.integers(0, len(body) - 1))
    folder = tmp_path_factory.mktemp("changed")
    (folder / "page.html").write_bytes(body[:at] + bytes([body[at] ^ 1]) + body[at + 1 :])
    (found,) = differences([("page.html", body)], folder)
    assert found.startswith(f"page.html:{body.count(10, 0, at) + 1}: has '")


def test_a_missing_file_and_one_too_many_are_found(tmp_path):
    (tmp_path / "extra.html").write_text("", "utf-8")
    (tmp_path / "short.html").write_text("abc", "utf-8")
    found = list(differences([("page.html", b""), ("short.html", b"abcd")], tmp_path))
    assert found == [
        "page.html: is missing",
        "short.html:1: has 'abc', the contract gives 'abcd'",
        "extra.html: is not part of the site",
    ]


def test_links_in_the_texts_of_others_are_told_and_written(tmp_path):
    document = tmp_path / "others.yaml"
    document.write_text(
        "openapi: 3.0.0\ninfo: {title: Others, version: '1', description: 'See [us](/support).'}\n"
        "paths: {/x: {get: {responses: {'200': {description: Done.}}}}}\n"
    )
    done = build(load_site(load_contract(document), {}), tmp_path / "site")
    assert [line.split(": ", 1)[0] for line in done.leading_nowhere] == ["en/index.html"]
    assert (tmp_path / "site" / "index.html").exists()
