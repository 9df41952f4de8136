"""Whether views tell everything that the document has: walked here again, by other code."""

from collections.abc import Iterator
from typing import Any

import pytest

from bacasable.contract import Contract
from bacasable.portal.views.reference import operation_view, sources, tag_views
from bacasable.portal.views.resources import model_view, model_views
from tests.portal.contracts import edition_of

METHODS = ("get", "put", "post", "patch", "delete")


@pytest.fixture(scope="module")
def edition(contract: Contract):
    return edition_of(contract)


def target(document: Any, node: Any) -> Any:
    """What a node stands for. Members beside a reference are not those that are compared here."""
    while isinstance(node, dict) and "$ref" in node:
        place = document
        for part in node["$ref"].removeprefix("#/").split("/"):
            place = place[part.replace("~1", "/")]
        node = place
    return node


def operations(contract: Contract) -> Iterator[tuple[Any, str, Any, Any]]:
    for path, item in contract.document["paths"].items():
        for method in METHODS:
            if method in item:
                yield item, path, method, item[method]


def documented(document: Any, schema: Any) -> set[str]:
    """The names of members at all depths, with dots between, `[]` not told."""
    schema = target(document, schema)
    if not isinstance(schema, dict):
        return set()
    found: set[str] = set()
    for name, member in schema.get("properties", {}).items():
        found |= {name} | {f"{name}.{below}" for below in documented(document, member)}
    for key in ("allOf", "anyOf", "oneOf"):
        for part in schema.get(key, ()):
            found |= documented(document, part)
    return found | documented(document, schema.get("items"))


def told(rows: Any) -> set[str]:
    """The names that rows tell; alternatives of a choice are no members themselves."""
    found: set[str] = set()
    for row in rows:
        below = told_in(row)
        found |= below if not row.name else {row.name} | {f"{row.name}.{name}" for name in below}
    return found


def told_in(row: Any) -> set[str]:
    if not row.choice:
        return told(row.members)
    return set().union(*(told(branch.members) for branch in row.members))


def test_every_operation_is_told_with_every_parameter_and_its_place(contract, edition):
    seen = 0
    for item, path, method, raw in operations(contract):
        view = operation_view(edition, raw["operationId"])
        assert (view.method, view.path) == (method, path)
        declared = [*item.get("parameters", ()), *raw.get("parameters", ())]
        wanted = {
            (p["in"], p["name"], p.get("required", False))
            for p in (target(contract.document, p) for p in declared)
        }
        shown = {(g.place, m.name, m.required) for g in view.parameters for m in g.members}
        assert shown == wanted, raw["operationId"]
        seen += 1
    assert seen == len(contract.operations) == 111


def test_every_member_of_every_body_is_told(contract, edition):
    document, seen = contract.document, 0
    for _, _, _, raw in operations(contract):
        view = operation_view(edition, raw["operationId"])
        assert (view.body is not None) == ("requestBody" in raw)
        if view.body:
            media = target(document, raw["requestBody"])["content"]["application/json"]
            wanted = documented(document, media["schema"])
            assert told(view.body.members) == wanted, raw["operationId"]
            assert view.body.example is not None
            seen += len(wanted)
    assert seen > 100


def test_every_status_header_and_member_of_every_answer_is_told(contract, edition):
    document = contract.document
    models = {view.href: view for view in model_views(edition)}
    for _, _, _, raw in operations(contract):
        view = operation_view(edition, raw["operationId"])
        assert [a.status for a in view.answers] == list(raw["responses"])
        for answer, declared in zip(view.answers, raw["responses"].values(), strict=True):
            response = target(document, declared)
            assert {h.name for h in answer.headers} == set(response.get("headers", ()))
            for media in response.get("content", {}).values():
                schema = target(document, media["schema"])
                if set(schema.get("properties", ())) == {"data", "meta"}:
                    schema = schema["properties"]["data"]
                rows = answer.members or (models[answer.model.href].members if answer.model else ())
                assert told(rows) == documented(document, schema), (view.id, answer.status)


def test_everything_required_is_told_so_and_nothing_else(contract, edition):
    for name in contract.resources:
        schema = contract.document["components"]["schemas"][name]
        rows = model_view(edition, name).members
        assert {row.name for row in rows if row.required} == set(schema["required"])
        assert {row.name for row in rows if row.read_only} == {
            key
            for key, member in schema["properties"].items()
            if target(contract.document, member).get("readOnly")
        }


def test_every_value_that_is_allowed_is_told(contract, edition):
    for name, resource in contract.resources.items():
        for row in model_view(edition, name).members:
            declared = resource.properties[row.name]
            if declared.get("enum"):
                assert set(row.values) == {v for v in declared["enum"] if v is not None}
                assert ("null" in row.type) == (None in declared["enum"])


def test_every_operation_stands_under_its_tag_once_and_has_a_page(contract, edition):
    views = tag_views(edition)
    assert [v.name for v in views] == [tag["name"] for tag in contract.document["tags"]]
    assert sorted(o.id for v in views for o in v.operations) == sorted(contract.operations)
    pages = {source.path: source for source in sources(edition)}
    assert len(pages) == len(views) + len(contract.operations)
    for view in views:
        assert pages[view.href].group == "api"
        for one in view.operations:
            assert pages[one.href].parent == view.href
            assert one.tag.href == view.href
            assert pages[one.href].badge == one.method


def test_all_links_of_views_lead_to_pages_and_names_of_models(contract, edition):
    paths = {source.path for source in sources(edition)}
    paths |= {view.href for view in model_views(edition)}
    for name in contract.operations:
        view = operation_view(edition, name)
        links = [*view.crumbs, view.tag, *(step.operation for step in view.next)]
        links += [answer.model for answer in view.answers if answer.model]
        for group in view.parameters:
            links += [m.names for m in group.members if m.names]
        assert {link.href for link in links if link.href} <= paths
    for view in model_views(edition):
        links = [*view.operations, *(m.names for m in view.members if m.names)]
        assert {link.href for link in links} <= paths


def test_references_lead_to_the_model_whose_id_is_held(contract, edition):
    for name, resource in contract.resources.items():
        rows = {row.name: row for row in model_view(edition, name).members}
        for reference in resource.references:
            if len(reference.path) == 1:
                wanted = model_view(edition, reference.resource).href
                assert rows[reference.path[0]].names.href == wanted


def test_paths_and_anchors_are_the_same_in_all_languages(contract, edition):
    french = edition_of(contract, "fr")
    assert [s.path for s in sources(edition)] == [s.path for s in sources(french)]
    for name in contract.operations:
        one, other = operation_view(edition, name), operation_view(french, name)
        assert (one.anchor, one.href) == (other.anchor, other.href)


def test_links_of_answers_are_told_with_where_their_values_are(contract, edition):
    seen = 0
    for _, _, _, raw in operations(contract):
        view = operation_view(edition, raw["operationId"])
        wanted: set[tuple[str, frozenset[str]]] = set()
        for status, declared in raw["responses"].items():
            links = target(contract.document, declared).get("links", {})
            if status.startswith("2"):
                for link in (target(contract.document, one) for one in links.values()):
                    page = operation_view(edition, link["operationId"]).href
                    body = link.get("requestBody", {})
                    wanted.add((page, frozenset([*link.get("parameters", ()), *body])))
        shown = {(s.operation.href, frozenset(name for name, _ in s.how)) for s in view.next}
        assert shown == wanted
        assert not any("$" in how for step in view.next for _, how in step.how)
        seen += len(shown)
    assert seen > 20
