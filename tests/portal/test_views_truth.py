"""What pages say of operations, models and facts, compared with the document itself."""

import pytest

from bacasable.portal.telling import tools
from bacasable.portal.views.catalogue import event_entries
from bacasable.portal.views.limits import limits
from bacasable.portal.views.reference import operation_view
from bacasable.portal.views.resources import duration_text, model_view
from tests.portal.contracts import edition_of, odd, operation


@pytest.fixture(scope="module")
def edition(contract):
    return edition_of(contract)


def declared_operations(contract):
    for path, item in contract.document["paths"].items():
        for method, declared in item.items():
            if isinstance(declared, dict) and "operationId" in declared:
                yield path, method, declared


def test_roles_and_addresses_are_those_of_the_document(contract, edition):
    everywhere = contract.document.get("security", [])
    base = contract.document["servers"][0]["url"].rstrip("/")
    for path, method, declared in declared_operations(contract):
        view = operation_view(edition, declared["operationId"])
        security = declared.get("security", everywhere)
        roles = tuple(role for scheme in security for role in scheme["bearer"])
        assert view.roles == (roles if security else None)
        assert (view.method, view.path) == (method, path)
        assert view.url.endswith(base.rpartition("://")[2].partition("/")[2] + path)
        rules = [(r["id"], r["says"], r.get("when", "")) for r in declared.get("x-rules", ())]
        assert [(rule.id, rule.says, rule.when) for rule in view.rules] == rules


def test_parts_of_a_path_lead_to_what_reads_there(contract, edition):
    readers = {
        path: declared["operationId"]
        for path, method, declared in declared_operations(contract)
        if method == "get"
    }
    for name in contract.operations:
        view = operation_view(edition, name)
        assert "/" + "/".join(crumb.text for crumb in view.crumbs) == view.path
        above = ""
        for crumb in view.crumbs:
            above += f"/{crumb.text}"
            reader = readers.get(above)
            known = "" if reader in (None, name) else operation_view(edition, reader).href
            assert crumb.href == known


def test_deprecated_is_said_of_operations_and_members(tmp_path):
    schema = {"properties": {"old": {"type": "string", "deprecated": True}, "new": {}}}
    told = [
        operation_view(odd(tmp_path, paths={"/a": {"post": operation(schema, **more)}}), "act")
        for more in ({"deprecated": True}, {"deprecated": False}, {})
    ]
    assert [view.deprecated for view in told] == [True, False, False]
    old, new = told[0].body.members
    assert ("deprecated" in old.limits, "deprecated" in new.limits) == (True, False)


def test_transitions_are_those_of_the_document(contract, edition):
    for name, resource in contract.resources.items():
        if resource.lifecycle is None:
            continue
        lifecycle = model_view(edition, name).lifecycle
        steps = resource.lifecycle.transitions.values()
        for row, step in zip(lifecycle.transitions, steps, strict=True):
            assert (row.sources, row.targets) == (step.sources, step.targets)
            by = contract.operations.get(step.operation)
            assert row.roles == (by.roles if by else ())
            assert (row.operation.href if by else None) == (
                operation_view(edition, by.id).href if by else None
            )
            assert (row.fact.name if row.fact else None) == (step.fact or None)
            assert all(duration_text(edition, text) in row.when for text in step.after)
            assert bool(row.when) == bool(step.at)


@pytest.mark.parametrize(
    ("text", "said"),
    [("P1D", "1 day"), ("P2D", "2 days"), ("PT1H30M", "1 hour 30 minutes"), ("P0D", "")],
)
def test_durations_are_told_in_words(edition, text, said):
    assert duration_text(edition, text) == said


def test_who_sees_what_of_a_resource_is_told(contract, edition):
    for name, resource in contract.resources.items():
        view = model_view(edition, name)
        assert dict(view.masked) == dict(resource.masked)
        for role, fields in resource.visibility.items():
            assert f"<code>{role}</code>" in view.html
            assert all(f"<code>{field}</code>" in view.html for field in fields)
        parent = resource.parent.resource if resource.parent else None
        assert (view.parent.href if view.parent else None) == (
            model_view(edition, parent).href if parent else None
        )


def test_a_model_leads_to_every_operation_on_it_and_to_its_facts(contract, edition):
    for name in contract.resources:
        view = model_view(edition, name)
        own = [o.id for o in contract.operations.values() if o.action.resource == name]
        assert [link.href for link in view.operations] == [
            operation_view(edition, one).href for one in own
        ]
    told = {fact.name for name in contract.resources for fact in model_view(edition, name).facts}
    assert told == set(contract.facts)


def test_facts_name_everything_that_records_them(contract, edition):
    for event in event_entries(edition):
        emitting = {o.id for o in contract.operations.values() if event.name in o.emits}
        timed = 0
        for resource in contract.resources.values():
            for step in resource.lifecycle.transitions.values() if resource.lifecycle else ():
                if step.fact == event.name:
                    emitting |= {step.operation} & set(contract.operations)
                    timed += step.timed
        hrefs = {link.href for link in event.operations}
        assert {operation_view(edition, one).href for one in emitting} <= hrefs
        assert len(event.timers) == timed
        assert event.model is not None


def test_what_a_member_is_like_is_told(tmp_path):
    schema = {
        "properties": {
            "read": {"readOnly": True},
            "write": {"writeOnly": True},
            "preset": {"default": 3},
            "plain": {},
        }
    }
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/Node"}}}
    answers = {"200": {"description": "", "content": content}}
    paths = {"/act": {"post": operation(answers=answers)}}
    edition = odd(tmp_path, paths=paths, components={"schemas": {"Node": schema}})
    rows = {row.name: row for row in model_view(edition, "Node").members}
    assert [name for name, row in rows.items() if row.read_only] == ["read"]
    assert [name for name, row in rows.items() if row.write_only] == ["write"]
    assert {name: row.default for name, row in rows.items() if row.default} == {"preset": "3"}


@pytest.mark.parametrize(
    ("schema", "said"),
    [
        ({"minimum": 1, "maximum": 9}, "1 to 9"),
        ({"exclusiveMinimum": 1}, "more than 1"),
        ({"exclusiveMaximum": 9}, "less than 9"),
        ({"multipleOf": 5}, "multiple of 5"),
        ({"uniqueItems": True}, "no element twice"),
        ({"minItems": 2, "maxItems": 2}, "exactly 2 elements"),
    ],
    ids=str,
)
def test_a_limit_is_told_as_what_it_is(edition, schema, said):
    (phrase,) = limits(edition, schema)
    assert said in phrase


def test_the_table_of_roles_agrees_with_the_document(contract, edition):
    table = tools(edition, "permissions")["roles_table"]()
    head, _, *rows = [line.strip("| ").split(" | ") for line in table.strip().splitlines()]
    roles = [cell.strip("`") for cell in head[1:]]
    for row, one in zip(rows, contract.operations.values(), strict=True):
        allowed = [role for role, cell in zip(roles, row[1:], strict=True) if cell.strip() == "✓"]
        assert allowed == [role for role in roles if one.roles is None or role in one.roles]


def test_the_table_of_prefixes_names_all_that_gives_ids(contract, edition):
    table = tools(edition, "index")["id_prefixes"]()
    for name, resource in contract.resources.items():
        (row,) = [line for line in table.splitlines() if f"`{resource.id_prefix}`" in line]
        for one in contract.operations.values():
            if one.action.resource == name and one.action.kind in ("list", "create"):
                assert f"`{one.method.upper()} {one.path}`" in row


def test_the_page_of_a_refusal_shows_one_that_the_operation_can_give(contract, edition):
    for name in contract.operations:
        view = operation_view(edition, name)
        codes = {problem.code for problem in view.problems}
        for answer in view.answers:
            if answer.status[0] in "45" and answer.example and '"code"' in answer.example.text:
                assert any(f'"{code}"' in answer.example.text for code in codes), (name, answer)


def test_wrong_credentials_are_refused_where_some_are_sent(contract, edition):
    told = [
        name
        for name in contract.operations
        if "INVALID_CREDENTIALS" in {p.code for p in operation_view(edition, name).problems}
    ]
    assert told == ["login"]
