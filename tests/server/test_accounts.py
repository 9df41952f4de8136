"""Accounts, grants and tenants over HTTP: one set of tests for two contracts that differ in all.

Nothing of these contracts is in any code but here: what their members, paths and grants are called.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from bacasable.client.errors import SandboxError
from bacasable.client.login import access_token
from bacasable.core import FixedClock
from bacasable.core.clock import parse_instant
from bacasable.platforms import DEFAULT, PlatformPackage, platform_named
from bacasable.sandbox.keeping import Keeper
from bacasable.server.launch import Assembly, build_sandbox
from bacasable.server.listen import banner
from tests.support import NOW, Answer, Api, in_process, over_socket

DOCUMENTS = Path(__file__).parents[1] / "core" / "documents" / "strict"
SECRET = "a-long-enough-secret"
GUILD_FIXTURE = """
id: gld_{slug}
opened: 2026-01-05T08:00:00Z
tenant: {{mark: {slug}, title: The {slug}}}
password: {secret}
admin: {{id: bdg_ann, account: {{handle: ann}}}}
superAdministrator: bdg_sue
accounts: [bdg_gus, bdg_sue]
steps:
  - at: 2026-01-05T09:00:00Z
    do: issueBadge
    id: bdg_gus
    body: {{handle: gus, grants: [GUEST], pin: {secret}}}
  - at: 2026-01-05T09:01:00Z
    do: issueBadge
    id: bdg_sue
    body: {{handle: sue, grants: [KEEPER], pin: {secret}}}
  - {{at: 2026-01-05T09:02:00Z, as: bdg_gus, do: write, body: {{text: Seeded.}}}}
"""
USER_FIXTURE = """
id: tnt_{slug}
opened: 2026-01-05T08:00:00Z
tenant: {{slug: {slug}, name: The {slug}}}
password: {secret}
admin: {{id: usr_ann, account: {{email: ann@body.example, firstName: Ann, lastName: Example}}}}
superAdministrator: usr_sue
accounts: [usr_gus, usr_sue]
steps:
  - at: 2026-01-05T09:00:00Z
    do: createUser
    id: usr_gus
    body: &gus
      email: gus@body.example
      firstName: Gus
      lastName: Example
      roles: [LEARNER]
      password: {secret}
  - at: 2026-01-05T09:01:00Z
    do: createUser
    id: usr_sue
    body: {{<<: *gus, email: sue@body.example, firstName: Sue, roles: [ADMIN]}}
  - {{at: 2026-01-05T09:02:00Z, do: createCompany, body: {{name: Seeded}}}}
"""


@dataclass(frozen=True)
class Kind:
    """What a contract calls that which the tests speak of."""

    document: str
    fixture: str
    header: str
    usual: str
    least: str
    across: str
    login: str
    renewal: str
    at: str
    """What follows the name of an account where it logs in."""
    prefix: str
    place: tuple[str, ...]
    refresh: tuple[str, ...]
    credential: tuple[str, str]
    """The header that it is sent in, and what stands before it there."""
    things: str
    thing: dict[str, str] = field(hash=False)
    accounts: str = ""
    disable: tuple[str, str, Any] = ("", "", None)
    suspend: tuple[str, str, Any] = ("", "", None)

    def body(self, name: str, secret: str) -> Any:
        if self.prefix == "usr_":
            return {"email": name + self.at, "password": secret}
        return {"who": {"handle": name, "pin": secret}}

    def renewing(self, token: str) -> Any:
        return {"refreshToken" if self.prefix == "usr_" else "stub": token}


USERS = Kind(
    document="",
    fixture=USER_FIXTURE,
    header="X-Tenant-ID",
    usual="ADMIN",
    least="LEARNER",
    across="SUPER_ADMIN",
    login="/auth/login",
    renewal="/auth/refresh",
    at="@body.example",
    prefix="usr_",
    place=("data", "accessToken"),
    refresh=("data", "refreshToken"),
    credential=("Authorization", "Bearer "),
    things="/courses",
    thing={"title": "Mine", "category": "DIGITAL", "level": "BEGINNER", "durationHours": 7},
    accounts="/users",
    disable=("POST", "/users/{}/deactivate", None),
    suspend=("POST", "/admin/tenants/tnt_{}/suspend", {"statusReason": "For a test"}),
)
BADGES = Kind(
    document="guild.yaml",
    fixture=GUILD_FIXTURE,
    header="X-Guild",
    usual="KEEPER",
    least="GUEST",
    across="ARCHON",
    login="/door/knock",
    renewal="/door/again",
    at="",
    prefix="bdg_",
    place=("result", "key"),
    refresh=("result", "spare", "stub"),
    credential=("X-Key", ""),
    things="/scrolls",
    thing={"text": "Mine"},
    accounts="/badges",
    disable=("PATCH", "/badges/{}", {"disabled": True}),
    suspend=("PATCH", "/guilds/gld_{}", {"frozen": True}),
)


def inside(value: Any, place: tuple[str, ...]) -> Any:
    for name in place:
        value = value[name]
    return value


@dataclass
class House:
    """A sandbox of a kind, with the tenants `north` and `south`, and who calls it."""

    kind: Kind
    api: Api

    def log_in(self, name: str, tenant: str = "north", secret: str = SECRET) -> Answer:
        headers = {self.kind.header: tenant}
        return self.api.post(self.kind.login, self.kind.body(name, secret), headers=headers)

    def as_(self, name: str, tenant: str = "north", home: str = "") -> Api:
        """A caller with the account of a name, who is logged in at home and calls in a tenant."""
        answer = self.log_in(name, home or tenant)
        assert answer.status == 200, answer.json
        return self.bearing(inside(answer.json, self.kind.place), tenant)

    def bearing(self, token: str, tenant: str = "north") -> Api:
        header, prefix = self.kind.credential
        return self.api.with_headers({header: prefix + token, self.kind.header: tenant})

    def id_of(self, name: str) -> str:
        return self.kind.prefix + name

    def act(self, caller: Api, action: tuple[str, str, Any], name: str) -> Answer:
        method, path, body = action
        return caller.request(method, path.format(name), body)


def sandbox_of(kind: Kind, folder: Path) -> Assembly:
    files = []
    for slug in ("north", "south"):
        files.append(folder / f"{slug}.yaml")
        files[-1].write_text(kind.fixture.format(slug=slug, secret=SECRET), "utf-8")
    platform = platform_named(DEFAULT)
    if kind.document:
        platform = PlatformPackage.of(DOCUMENTS / kind.document)
    clock = FixedClock(parse_instant(NOW))
    return build_sandbox(platform, fixtures=files, clock=clock)


@pytest.fixture(params=[USERS, BADGES], ids=["users", "badges"])
def house(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[House]:
    with in_process(sandbox_of(request.param, tmp_path)) as api:
        yield House(request.param, api)


def test_whoever_knows_a_secret_is_let_in_and_nobody_else(house: House) -> None:
    assert house.as_("ann").get(house.kind.things).status == 200
    for name, tenant, secret in (
        ("ann", "north", SECRET + "!"),
        ("bob", "north", SECRET),
        ("ann", "nowhere", SECRET),
    ):
        answer = house.log_in(name, tenant, secret)
        assert (answer.status, answer.code) == (401, "INVALID_CREDENTIALS"), (name, tenant)
    header, prefix = house.kind.credential
    for sent in ({}, {header: prefix + "nonsense"}):
        answer = house.api.get(house.kind.things, headers={house.kind.header: "north", **sent})
        assert answer.status == 401


@pytest.mark.parametrize("kind", [USERS, BADGES], ids=["users", "badges"])
def test_the_command_logs_in_where_the_contract_says(kind: Kind, tmp_path: Path) -> None:
    with over_socket(sandbox_of(kind, tmp_path)) as api:
        token = access_token(api.url, "north", "ann" + kind.at, SECRET)
        assert House(kind, api).bearing(token).get(kind.things).status == 200
        with pytest.raises(SandboxError, match=r"^[^\n]*login refused with 401; check tenant and"):
            access_token(api.url, "north", "bob" + kind.at, SECRET)


def test_a_contract_without_a_login_is_told_of_in_one_line() -> None:
    library = DOCUMENTS.parent / "library.yaml"
    refused = pytest.raises(SandboxError, match=r"^[^\n]* declares no login; name a --scheme")
    with over_socket(build_sandbox(PlatformPackage.of(library))) as api, refused:
        access_token(api.url, "north", "ann", SECRET)


def test_a_credential_is_renewed_once(house: House) -> None:
    first = house.log_in("ann")
    body = house.kind.renewing(inside(first.json, house.kind.refresh))
    headers = {house.kind.header: "north"}
    second = house.api.post(house.kind.renewal, body, headers=headers)
    assert second.status == 200
    caller = house.bearing(inside(second.json, house.kind.place))
    assert caller.get(house.kind.things).status == 200
    again = house.api.post(house.kind.renewal, body, headers=headers)
    assert (again.status, again.code) == (401, "REFRESH_TOKEN_REUSED")
    assert caller.get(house.kind.things).code == "SESSION_ENDED"
    unknown = house.api.post(house.kind.renewal, house.kind.renewing("none"), headers=headers)
    assert (unknown.status, unknown.code) == (401, "REFRESH_TOKEN_INVALID")


def test_grants_allow_what_the_operation_names(house: House) -> None:
    assert house.as_("ann").post(house.kind.things, house.kind.thing).status == 201
    refused = house.as_("gus").post(house.kind.things, house.kind.thing)
    assert (refused.status, refused.code) == (403, "ROLE_REQUIRED")
    assert house.kind.least in refused.json["detail"]


def test_a_disabled_account_is_refused_at_once(house: House) -> None:
    gus, ann = house.as_("gus"), house.as_("ann")
    assert gus.get(house.kind.things).status == 200
    assert house.act(ann, house.kind.disable, house.id_of("gus")).status == 200
    assert gus.get(house.kind.things).code == "SESSION_ENDED"
    assert house.log_in("gus").code == "INVALID_CREDENTIALS"
    assert house.log_in("gus", "south").status == 200


def test_tenants_are_crossed_by_the_grant_over_all_of_them_alone(house: House) -> None:
    for name in ("ann", "gus"):
        refused = house.as_(name, "south", home="north").get(house.kind.things)
        assert (refused.status, refused.code) == (403, "TENANT_MISMATCH")
    assert house.as_("sue", "south", home="north").get(house.kind.accounts).status == 200
    assert house.as_("sue", "nowhere", home="north").get(house.kind.accounts).status == 403


def test_a_suspended_tenant_refuses_its_own_and_not_the_grant_over_all(house: House) -> None:
    ann, sue = house.as_("ann", "south"), house.as_("sue", "south", home="north")
    assert house.act(sue, house.kind.suspend, "south").status == 200
    assert ann.get(house.kind.things).code == "TENANT_SUSPENDED"
    assert house.log_in("ann", "south").code == "TENANT_SUSPENDED"
    assert sue.get(house.kind.accounts).status == 200
    shown = house.api.get("!/_sandbox/tenants/south").json
    assert shown["status"] != house.api.get("!/_sandbox/tenants/north").json["status"]


def test_a_secret_is_in_no_answer_and_no_log(house: House) -> None:
    ann = house.as_("ann")
    token = ann.headers[house.kind.credential[0]].removeprefix(house.kind.credential[1])
    refresh = inside(house.log_in("ann").json, house.kind.refresh)
    told = ann.get(house.kind.accounts).content + house.api.get("!/_sandbox/requests").content
    for secret in (SECRET, token, refresh):
        assert secret.encode() not in told


def test_the_controls_tell_and_issue_by_the_grants_of_the_contract(house: House) -> None:
    kind = house.kind
    shown = house.api.get("!/_sandbox/tenants/north").json
    names = {kind.usual: "ann", kind.least: "gus", kind.across: "sue"}
    assert shown["accounts"] == {grant: name + kind.at for grant, name in names.items()}
    issued = house.api.post("!/_sandbox/tenants/north/tokens", {"userId": house.id_of("gus")})
    assert issued.status == 201
    assert (issued.json["email"], issued.json["roles"]) == ("gus" + kind.at, [kind.least])
    assert house.bearing(issued.json["accessToken"]).get(kind.things).status == 200
    none = house.api.post("!/_sandbox/tenants/north/tokens", {"email": "nobody@body.example"})
    assert none.status == 404


def test_a_fork_has_the_accounts_of_its_origin_and_none_of_its_sessions(house: House) -> None:
    ann = house.as_("ann")
    assert house.api.post("!/_sandbox/tenants/north/forks", {"slug": "copy"}).status == 201
    assert house.as_("ann", "copy").get(house.kind.things).status == 200
    crossing = ann.get(house.kind.things, headers={house.kind.header: "copy"})
    assert crossing.code == "TENANT_MISMATCH"


def test_a_reset_ends_the_sessions_of_accounts_that_came_later(house: House) -> None:
    ann = house.as_("ann")
    assert house.act(ann, house.kind.disable, house.id_of("gus")).status == 200
    assert house.api.post("!/_sandbox/tenants/north/reset").status == 200
    assert ann.get(house.kind.things).status == 200
    assert house.as_("gus").get(house.kind.things).status == 200


@pytest.mark.parametrize("kind", [USERS, BADGES], ids=["users", "badges"])
def test_a_kept_state_knows_its_accounts(kind: Kind, tmp_path: Path) -> None:
    file = tmp_path / "state.json"
    with in_process(sandbox_of(kind, tmp_path)) as api:
        house = House(kind, api)
        sue = house.as_("sue", "south", home="north")
        assert house.act(sue, kind.suspend, "south").status == 200
        keeper = Keeper(file, api.sandbox.hub.estate)
        keeper.open()
        keeper.close()
    with in_process(sandbox_of(kind, tmp_path)) as api:
        keeper = Keeper(file, api.sandbox.hub.estate)
        keeper.open()
        keeper.close()
        house = House(kind, api)
        assert house.log_in("ann", "south").code == "TENANT_SUSPENDED"
        assert house.as_("ann").get(kind.things).status == 200


def test_the_start_shows_the_grants_that_somebody_has(house: House) -> None:
    lines = banner(house.api.sandbox).splitlines()
    at = next(number for number, line in enumerate(lines) if line.startswith(house.kind.header))
    kind = house.kind
    assert lines[at].split() == [kind.header, "password", kind.usual, kind.least, kind.across, "at"]
    assert lines[at + 1].split() == ["north", SECRET, "ann", "gus", "sue", *filter(None, [kind.at])]


def test_a_document_of_others_may_have_users_with_roles_of_its_own(tmp_path: Path) -> None:
    user = {"type": "object", "properties": {"id": {"type": "string"}, "roles": {"type": "array"}}}
    media = {"application/json": {"schema": {"$ref": "#/components/schemas/User"}}}
    document = {
        "openapi": "3.1.0",
        "info": {"title": "Others", "version": "1"},
        "paths": {
            "/users": {
                "post": {
                    "operationId": "addUser",
                    "requestBody": {"content": media},
                    "responses": {"201": {"description": "Made.", "content": media}},
                }
            },
            "/users/{id}": {
                "parameters": [
                    {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}
                ],
                "get": {
                    "operationId": "getUser",
                    "responses": {"200": {"description": "It.", "content": media}},
                },
            },
        },
        "components": {"schemas": {"User": user}},
    }
    path = tmp_path / "others.json"
    path.write_text(json.dumps(document), "utf-8")
    with in_process(build_sandbox(PlatformPackage.of(path))) as api:
        assert api.post("/users", {"roles": ["chief"]}).status == 201
        shown = api.get("!/_sandbox/tenants")
        assert shown.status == 200, shown.json
        assert shown.json["items"][0]["accounts"] == {}
        issued = api.post("!/_sandbox/tenants/sandbox/tokens", {"role": "ADMIN"})
        assert issued.status == 404
