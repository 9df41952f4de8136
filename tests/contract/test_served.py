"""The contract as a file to be served: below a prefix its servers that are paths begin with it."""

import json

import pytest
import yaml

from bacasable.contract import load_contract
from bacasable.contract.openapi import _standing
from bacasable.contract.served import Served

TEXT = """\
openapi: 3.1.0  # a comment that stays
info: {title: Notes, version: "1"}
%spaths: {}
"""
SERVERS = """\
servers:
  - url: /api/v1
    description: Ours.
  - {url: "https://notes.example/api"}
  - {url: //elsewhere.example}
"""


@pytest.fixture
def served(tmp_path):
    def make(servers: str = SERVERS) -> Served:
        path = tmp_path / "notes.yaml"
        path.write_text(TEXT % servers)
        return Served(load_contract(path))

    return make


def urls(document):
    return [server["url"] for server in document["servers"]]


def test_without_a_prefix_it_is_the_file(served, tmp_path):
    one = served()
    assert one.yaml("") == (tmp_path / "notes.yaml").read_bytes()
    assert urls(json.loads(one.json(""))) == [
        "/api/v1",
        "https://notes.example/api",
        "//elsewhere.example",
    ]


def test_below_a_prefix_the_paths_among_its_servers_begin_with_it(served):
    one = served()
    wanted = ["/box/api/v1", "https://notes.example/api", "//elsewhere.example"]
    assert urls(json.loads(one.json("/box"))) == wanted
    text = one.yaml("/box")
    assert urls(yaml.safe_load(text)) == wanted
    assert b"# a comment that stays" in text


def test_a_document_without_servers_is_served_at_the_prefix(served):
    one = served("")
    assert urls(json.loads(one.json("/box"))) == ["/box/"]
    assert yaml.safe_load(one.yaml("/box")) == yaml.safe_load(TEXT % "")


def test_a_place_behind_references_that_lead_nowhere_is_told_as_it_stands():
    document = {"a": {"$ref": "#/a"}, "b": {"$ref": "#/none"}}
    assert _standing(document, ["b", "c"]) == "/none/c"
    assert _standing(document, ["a", "c", "d"]) == "/a/c/d"
