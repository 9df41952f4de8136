"""Views of contracts that are not like ours: they survive, and tell what is there."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bacasable.contract import load_contract
from bacasable.portal.views.catalogue import event_entries, problem_entries
from bacasable.portal.views.limits import limits
from bacasable.portal.views.members import RECORD, REQUEST, members
from bacasable.portal.views.reference import operation_view, sources, tag_views
from bacasable.portal.views.resources import model_views
from bacasable.portal.views.resources import sources as model_sources
from tests.portal.contracts import NODE, acting, edition_of, odd, operation

FOREIGN = sorted(p for p in (Path(__file__).parents[1] / "contract/foreign").iterdir() if p.suffix)


def everything(edition):
    """All views of an edition, made once."""
    for source in [*sources(edition), *model_sources(edition)]:
        list(source.found())
    return (
        [operation_view(edition, name) for name in edition.contract.operations],
        model_views(edition),
        problem_entries(edition),
        event_entries(edition),
    )


def body_rows(edition):
    return {row.name: row for row in operation_view(edition, "act").body.members}


def test_a_contract_without_tags_components_or_answers(tmp_path):
    edition = odd(tmp_path, paths={"/a/{b}": {"get": {"operationId": "a/b", "responses": {}}}})
    everything(edition)
    (tag,) = tag_views(edition)
    assert (tag.name, tag.slug) == ("Other operations", "default")
    assert tag.operations[0].href == "api/default/a-b.html"
    assert not list(model_sources(edition))


def test_names_that_are_alike_get_pages_of_their_own(tmp_path):
    paths = {
        f"/{number}": {"get": {"operationId": name, "tags": [tag], "responses": {}}}
        for number, (name, tag) in enumerate([("getA", "Été"), ("geta", "ete"), ("g.A", "!")])
    }
    edition = odd(tmp_path, paths=paths)
    assert [tag.slug for tag in tag_views(edition)] == ["ete", "ete-2", "other"]
    anchors = {view.anchor.lower() for view in everything(edition)[0]}
    assert len(anchors) == 3


def test_a_schema_that_contains_itself_is_told_once(tmp_path):
    node = {
        "type": "object",
        "description": "A node.",
        "properties": {"name": {"type": "string"}, "below": {"type": "array", "items": NODE}},
    }
    rows = body_rows(acting(tmp_path, NODE, Node=node))
    assert rows["below"].members == ()
    assert rows["below"].type == "array of object"
    assert any("Node" in limit for limit in rows["below"].limits)


@pytest.mark.parametrize(
    "node",
    [
        {"type": "array", "items": NODE},
        {"allOf": [NODE, {"properties": {"a": {"type": "string"}}}]},
        {"oneOf": [NODE, {"type": "string"}]},
        {"anyOf": [NODE, {"type": "null"}]},
        {"type": "object", "additionalProperties": NODE},
        {"oneOf": [{"properties": {"a": NODE}}, {"properties": {"b": {"items": NODE}}}]},
        True,
        {},
    ],
)
def test_recursion_of_every_kind_ends(tmp_path, node):
    everything(acting(tmp_path, {"properties": {"node": NODE}}, Node=node))


def test_parts_of_all_of_are_one_table_and_the_own_member_counts(tmp_path):
    base = {"type": "object", "required": ["a"], "properties": {"a": {"type": "string"}}}
    own = {"required": ["b"], "properties": {"a": {"maxLength": 3}, "b": {"type": "integer"}}}
    rows = body_rows(acting(tmp_path, {"allOf": [NODE], **own}, Node=base))
    assert list(rows) == ["a", "b"]
    assert all(row.required for row in rows.values())
    assert (rows["a"].type, rows["a"].limits) == ("string", ("at most 3 characters",))


def test_alternatives_are_a_choice_with_their_members(tmp_path):
    cat = {"type": "object", "title": "A cat", "properties": {"purrs": {"type": "boolean"}}}
    schema = {"oneOf": [NODE, {"type": "object", "properties": {"barks": {"type": "integer"}}}]}
    edition = acting(tmp_path, schema, Node=cat)
    (row,) = operation_view(edition, "act").body.members
    assert row.choice
    assert [branch.name for branch in row.members] == ["A cat", "case 2"]
    assert [branch.members[0].name for branch in row.members] == ["purrs", "barks"]


def test_null_in_every_way_is_said_and_is_no_alternative(tmp_path):
    nullable = {
        "a": {"type": ["string", "null"]},
        "b": {"anyOf": [{"type": "string"}, {"type": "null"}]},
        "c": {"oneOf": [{"const": None}, {"type": "string"}]},
        "d": {"enum": ["x", None]},
    }
    rows = body_rows(acting(tmp_path, {"type": "object", "properties": nullable}))
    assert {row.type for row in rows.values()} == {"string or null"}
    assert not any(row.choice or row.members for row in rows.values())


def test_maps_constants_defaults_and_lists_of_lists(tmp_path):
    item = {"type": "object", "properties": {"x": {"type": "number"}}}
    schema = {
        "type": "object",
        "properties": {
            "labels": {"type": "object", "additionalProperties": {"type": "string"}},
            "boxes": {"type": "object", "additionalProperties": item},
            "kind": {"const": "CAT"},
            "blank": {"type": "string", "default": ""},
            "grid": {"type": "array", "items": {"type": "array", "items": item}},
        },
    }
    rows = body_rows(acting(tmp_path, schema))
    assert rows["labels"].type == "map of string"
    assert rows["boxes"].members[0].name == "*"
    assert rows["boxes"].members[0].members[0].name == "x"
    assert (rows["kind"].values, rows["kind"].type) == (("CAT",), "string")
    assert rows["blank"].default == '""'
    assert rows["grid"].members[0].name == "x"


def test_what_is_read_only_is_not_asked_for_and_passwords_are_not_shown(tmp_path):
    schema = {
        "type": "object",
        "properties": {
            "id": {"type": "string", "readOnly": True},
            "secret": {"type": "string", "writeOnly": True},
            "name": {"type": "string"},
        },
    }
    content = {"application/json": {"schema": NODE}}
    answers = {"200": {"description": "", "content": content}}
    paths = {"/act": {"post": operation(NODE, answers=answers)}}
    edition = odd(tmp_path, paths=paths, components={"schemas": {"Node": schema}})
    view = operation_view(edition, "act")
    assert [row.name for row in view.body.members] == ["secret", "name"]
    assert [row.name for row in view.answers[0].members] == ["id", "name"]
    (model,) = model_views(edition)
    assert [row.name for row in model.members] == ["id", "secret", "name"]


def test_other_answers_and_media_types_are_told(tmp_path):
    schema = {"type": "object", "properties": {"file": {"type": "string", "format": "binary"}}}
    text = {"content": {"text/plain": {"schema": {"type": "string"}, "example": "hello"}}}
    answers = {
        "200": {"description": "Fine.", **text},
        "4XX": {"description": "Wrong."},
        "default": {"description": "Else."},
    }
    declared = operation(answers=answers)
    declared["requestBody"] = {"content": {"multipart/form-data": {"schema": schema}}}
    view = operation_view(odd(tmp_path, paths={"/act": {"post": declared}}), "act")
    assert [a.status for a in view.answers] == ["200", "4XX", "default"]
    assert view.answers[0].example.text == "hello"
    assert "400 to 499" in view.answers[1].reason
    assert view.body.members[0].format == "binary"
    assert "multipart/form-data" in view.untried


def test_redirects_and_pages_cannot_be_tried_and_say_so(tmp_path):
    page = {"text/html": {"schema": {"type": "string"}}}
    answers = [
        {"302": {"description": "There."}},
        {"200": {"description": "", "content": page}},
        {"200": {"description": "", "content": {"application/json": {"schema": {}}}}},
    ]
    told = [
        operation_view(odd(tmp_path, paths={"/a": {"get": operation(answers=a)}}), "act").untried
        for a in answers
    ]
    assert told[0]
    assert "text/html" in told[1]
    assert not told[2]


def test_how_lists_travel_is_told_where_it_is_unusual(tmp_path):
    many = {"type": "array", "items": {"type": "string"}}
    styles = {
        "usual": {},
        "commas": {"explode": False},
        "bars": {"style": "pipeDelimited"},
        "deep": {"style": "deepObject", "explode": True},
    }
    declared = [{"name": n, "in": "query", "schema": many, **s} for n, s in styles.items()]
    declared.append({"name": "inside", "in": "query", "content": {"text/x": {"schema": many}}})
    edition = odd(tmp_path, paths={"/act": {"get": operation(parameters=declared)}})
    (group,) = operation_view(edition, "act").parameters
    told = {row.name: " ".join(row.limits) for row in group.members}
    assert (told["usual"], told["inside"]) == ("", "")
    assert "commas=a,b" in told["commas"]
    assert "bars=a|b" in told["bars"]
    assert "deep[member]" in told["deep"]


SCALARS = st.sampled_from(["string", "integer", "number", "boolean", "null", "object", "array"])
LEAVES = st.fixed_dictionaries(
    {},
    optional={
        "type": st.one_of(SCALARS, st.lists(SCALARS, min_size=1, max_size=3, unique=True)),
        "description": st.text(max_size=20),
        "enum": st.lists(st.one_of(st.none(), st.integers(), st.text(max_size=5)), min_size=1),
        "default": st.one_of(st.none(), st.text(max_size=5), st.lists(st.integers(), max_size=2)),
        "minLength": st.integers(0, 3),
        "maximum": st.integers(),
    },
)
SCHEMAS = st.recursive(
    st.one_of(LEAVES, st.just(NODE), st.booleans()),
    lambda inner: st.fixed_dictionaries(
        {},
        optional={
            "type": SCALARS,
            "properties": st.dictionaries(st.text(min_size=1, max_size=4), inner, max_size=3),
            "required": st.lists(st.text(max_size=4), max_size=2, unique=True),
            "items": inner,
            "additionalProperties": inner,
            "allOf": st.lists(inner, min_size=1, max_size=2),
            "oneOf": st.lists(inner, min_size=1, max_size=3),
            "anyOf": st.lists(inner, min_size=1, max_size=3),
        },
    ),
    max_leaves=12,
)


@settings(max_examples=150, suppress_health_check=list(HealthCheck), deadline=None)
@given(schema=SCHEMAS, node=SCHEMAS)
@pytest.mark.sweep
def test_any_schema_is_told_and_no_member_of_its_own_is_forgotten(tmp_path, schema, node):
    document = {"components": {"schemas": {"Node": {"title": "Node"}}}}
    edition = odd(tmp_path, paths={}, **document)
    # Set after loading: what a schema says beside a reference to itself is not for the loader.
    edition.contract.document["components"]["schemas"]["Node"] = node if node != NODE else {}
    if isinstance(schema, dict):
        rows = members(edition).of(schema, RECORD)
        own = schema.get("properties", {})
        if schema.get("type") != "array" and "$ref" not in schema:
            assert set(own) <= {row.name for row in rows}
        for row in rows:
            assert not row.name or row.name not in schema.get("required", ()) or row.required
    list(members(edition).of(node, REQUEST))


def test_a_huge_schema_is_told_less_deep(tmp_path):
    schemas = {
        f"S{n}": {
            "type": "object",
            "properties": {
                f"m{k}": {"$ref": f"#/components/schemas/S{(n * 3 + k) % 40}"} for k in range(8)
            },
        }
        for n in range(40)
    }
    edition = acting(tmp_path, {"$ref": "#/components/schemas/S0"}, **schemas)
    rows = operation_view(edition, "act").body.members
    assert [row.name for row in rows] == [f"m{k}" for k in range(8)]

    def count(found):
        return sum(1 + count(row.members) for row in found)

    assert count(rows) <= 400


def test_limits_read_as_phrases(contract):
    edition = edition_of(contract)
    told = list(limits(edition, {"minLength": 1, "maxLength": 1, "minItems": 2, "minimum": 0}))
    assert told == ["exactly 1 character", "at least 0", "at least 2 elements"]
    french = list(limits(edition_of(contract, "fr"), {"minItems": 1, "maxItems": 3}))
    assert french == ["de 1 à 3 éléments"]


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("file", FOREIGN, ids=lambda file: file.stem)
def test_contracts_of_others_are_told_whole(file, language):
    edition = edition_of(load_contract(file), language)
    views = everything(edition)[0]
    assert len(views) == len(edition.contract.operations) > 0
