"""The inbox over HTTP: lists, pages, texts, and links from the invitation to the last answer."""

import base64
import hashlib
import json
import re
from typing import Any

import pytest

from tests.support import Answer, Api

INBOX = "!/_sandbox/tenants/votre-tenant/inbox"
CONTROLS = "!/_sandbox/tenants"
INVITED = {"questionnaireId": "qst_pre_excel", "respondentId": "usr_learner"}
ANSWERS = {"answers": [{"key": "q1", "choices": ["a"]}, {"key": "q2", "choices": ["a", "b"]}]}
BROWSER = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


def messages(api: Api, query: str = "", tenant: str = "votre-tenant") -> list[dict[str, Any]]:
    answer = api.get(f"{CONTROLS}/{tenant}/inbox?limit=10000&{query}")
    assert answer.status == 200, answer.content
    return answer.json["items"]


def follow(api: Api, link: dict[str, Any], **headers: str) -> Answer:
    return api.get("!/_sandbox/links/" + link["url"].rpartition("/")[2], headers=headers)


def invite(api: Api, **changes: Any) -> dict[str, Any]:
    """Send the positioning questionnaire to the learner; the response."""
    made = api.as_("TRAINER").post("/questionnaire-responses", INVITED | changes)
    assert made.status == 201, made.json
    return made.data


def latest(api: Api, query: str = "channel=EMAIL") -> dict[str, Any]:
    return messages(api, query)[-1]


def test_from_the_invitation_to_the_last_answer(api: Api) -> None:
    before = messages(api)
    response = invite(api)
    email, sms = messages(api)[len(before) :]
    assert [m["channel"] for m in (email, sms)] == ["EMAIL", "SMS"]
    assert email["to"]["address"] == "apprenant@example.com"
    assert sms["to"]["address"] == "+33639980101"
    for message in (email, sms):
        (link,) = message["links"]
        assert link["url"] in message["text"]
        there = follow(api, link).json
        assert (there["tenant"], there["method"]) == ("votre-tenant", "GET")
        assert there["operation"] == "getQuestionnaireResponse"
        path = there["url"].partition("/api/v1")[2]
        me = api.with_headers(
            {"X-Tenant-ID": there["tenant"], "Authorization": "Bearer " + there["accessToken"]}
        )
        assert me.get(path).data["id"] == response["id"]
        refreshed = api.post(
            "/auth/refresh",
            {"refreshToken": there["refreshToken"]},
            headers={"X-Tenant-ID": there["tenant"]},
        )
        assert refreshed.status == 200
    assert me.post(f"{path}/open").status == 200
    # Whoever comes back later goes on where they were.
    assert follow(api, link).status == 200
    assert me.put(f"{path}/answers", ANSWERS).status == 200
    assert me.post(f"{path}/submit").data["score"]["percent"] == 100
    for message in (email, sms):
        closed = follow(api, message["links"][0])
        assert (closed.status, closed.code) == (410, "LINK_CLOSED")


def test_a_refused_call_sends_nothing(api: Api) -> None:
    before = messages(api)
    trainer = api.as_("TRAINER")
    late = INVITED | {"expiresAt": "2026-01-01T00:00:00Z"}
    assert trainer.post("/questionnaire-responses", late).code == "RULE_REFUSED"
    unknown = INVITED | {"respondentId": "usr_inconnu"}
    assert trainer.post("/questionnaire-responses", unknown).status == 409
    assert api.as_("LEARNER").post("/questionnaire-responses", INVITED).status == 403
    assert messages(api) == before


def test_a_repeated_idempotency_key_sends_once(local: Api) -> None:
    before, trainer = messages(local), local.as_("TRAINER")
    for _ in range(3):
        key = {"Idempotency-Key": "une-seule-invitation"}
        assert trainer.post("/questionnaire-responses", INVITED, headers=key).status == 201
    assert len(messages(local)) == len(before) + 2


def test_a_number_decides_about_the_text_message(local: Api) -> None:
    invite(local, respondentId="usr_ines")
    assert latest(local, "")["channel"] == "EMAIL"
    assert latest(local, "")["to"]["userId"] == "usr_ines"


def test_reminders_are_counted(local: Api) -> None:
    trainer, response = local.as_("TRAINER"), invite(local)
    for number in (1, 2, 3):
        assert trainer.post(f"/questionnaire-responses/{response['id']}/remind").status == 200
        for message in messages(local, "kind=questionnaire.reminded")[-2:]:
            assert f"Rappel n°\u00a0{number}" in (message["subject"] or message["text"])


@pytest.mark.parametrize("action", ["expire", "cancel"])
def test_the_link_of_a_closed_questionnaire_is_closed(api: Api, action: str) -> None:
    response, link = invite(api), latest(api)["links"][0]
    path = f"/questionnaire-responses/{response['id']}/{action}"
    assert api.as_("TRAINER").post(path).status == 200
    assert follow(api, link).code == "LINK_CLOSED"


def test_the_link_of_an_enrollment_lives_until_it_is_revoked(api: Api) -> None:
    admin = api.as_("ADMIN")
    admin.post("/users", person(email="essai@votre-tenant.example"))
    user = latest(api, "kind=user.created")["to"]["userId"]
    body = {"courseId": "crs_excel_init", "userId": user, "paymentMethod": "FREE"}
    enrollment = admin.post("/enrollments", body).data["id"]
    link = latest(api, "kind=enrollment.created")["links"][0]
    reason = {"statusReason": "Arrêt maladie"}
    for step, status in (("suspend", 200), ("resume", 200), ("revoke", 410)):
        sent = reason if step != "resume" else None
        assert admin.post(f"/enrollments/{enrollment}/{step}", sent).status == 200
        assert follow(api, link).status == status
    assert "maladie" not in json.dumps(messages(api), ensure_ascii=False)


def person(**changes: Any) -> dict[str, Any]:
    return {
        "email": "nouvelle@votre-tenant.example",
        "firstName": "Noé",
        "lastName": "Nouveau",
        "roles": ["LEARNER"],
        "password": "un-mot-de-passe-secret",
    } | changes


def test_the_welcome_names_the_login_and_not_the_password(api: Api) -> None:
    api.as_("ADMIN").post("/users", person())
    welcome = latest(api, "kind=user.created")
    assert "nouvelle@votre-tenant.example" in welcome["text"]
    assert "secret" not in json.dumps(welcome)
    there = follow(api, welcome["links"][0]).json
    bearer = {
        "X-Tenant-ID": "votre-tenant",
        "Authorization": "Bearer " + there["accessToken"],
    }
    assert api.get("/auth/me", headers=bearer).data["user"]["id"] == welcome["to"]["userId"]


def test_a_deactivated_account_follows_no_link_and_gets_no_letter(api: Api) -> None:
    admin, trainer = api.as_("ADMIN"), api.as_("TRAINER")
    response = invite(api, respondentId="usr_hugo")
    link = latest(api)["links"][0]
    assert admin.post("/users/usr_hugo/deactivate").status == 200
    assert follow(api, link).code == "LINK_CLOSED"
    before = messages(api)
    assert trainer.post(f"/questionnaire-responses/{response['id']}/remind").status == 200
    assert messages(api) == before


def test_a_suspended_tenant_follows_no_link(local: Api) -> None:
    invite(local)
    link, tenant = latest(local)["links"][0], local.sandbox.engine.platform.space("votre-tenant")
    tenants = local.sandbox.engine.platform.root.collection("Tenant")
    tenants.put(tenants.get(tenant.tenant_id) | {"status": "SUSPENDED"})
    assert follow(local, link).code == "LINK_CLOSED"


def test_a_role_that_is_lost_closes_its_links(local: Api) -> None:
    link = latest(local, "kind=improvement_plan.action_created&to=usr_trainer")["links"][0]
    space = local.sandbox.engine.platform.space("votre-tenant")
    trainer = space.collection("User").get("usr_trainer")
    action = space.private("message").get(link["url"].split(".")[-3])["links"][0]["path"]
    open_action = space.collection("ImprovementAction").get(action["actionId"]) | {"status": "TODO"}
    space.collection("ImprovementAction").put(open_action)
    assert follow(local, link).status == 200
    space.collection("User").put(trainer | {"roles": ["LEARNER"]})
    assert follow(local, link).code == "LINK_CLOSED"


def test_a_link_to_a_record_that_is_gone_is_closed(local: Api) -> None:
    invite(local)
    link, space = latest(local)["links"][0], local.sandbox.engine.platform.space("votre-tenant")
    response = next(reversed(list(space.collection("QuestionnaireResponse"))))
    space.collection("QuestionnaireResponse").remove(response["id"])
    assert follow(local, link).code == "LINK_CLOSED"


def test_every_part_of_a_link_counts(api: Api) -> None:
    invite(api)
    token = latest(api)["links"][0]["url"].rpartition("/")[2]
    assert len(token) <= 400
    assert re.fullmatch(r"[A-Za-z0-9._~-]+", token)
    for place in range(len(token)):
        other = token[:place] + ("0" if token[place] != "0" else "1") + token[place + 1 :]
        refused = api.get(f"!/_sandbox/links/{other}")
        assert (refused.status, refused.code) == (404, "NOT_FOUND"), other
        assert "votre-tenant" not in refused.json["detail"]
    slug, message, number, code = token.split(".")
    for forged in (f"{slug}.{message}.{number}.", f"{slug}.{message}.1.{code}", f"{token}."):
        assert api.get(f"!/_sandbox/links/{forged}").status == 404


def test_a_fork_has_links_of_its_own(local: Api) -> None:
    invite(local)
    message = latest(local)
    made = local.post(f"{CONTROLS}/votre-tenant/forks", {"slug": "essai"})
    assert made.status == 201, made.json
    copy = messages(local, tenant="essai")[-2]
    assert copy["id"] == message["id"]
    assert copy["links"] != message["links"]
    assert follow(local, copy["links"][0]).json["tenant"] == "essai"
    assert follow(local, message["links"][0]).json["tenant"] == "votre-tenant"
    stolen = message["links"][0]["url"].rpartition("/")[2].replace("votre-tenant", "essai")
    assert local.get(f"!/_sandbox/links/{stolen}").status == 404
    assert local.delete(f"{CONTROLS}/essai").status == 204
    assert follow(local, copy["links"][0]).status == 404


def test_a_link_never_comes_to_mean_another_message(local: Api) -> None:
    reset = f"{CONTROLS}/votre-tenant/reset"
    assert local.post(reset).status == 200
    invite(local)
    old = latest(local)
    assert local.post(reset).status == 200
    assert follow(local, old["links"][0]).status == 404
    invite(local, respondentId="usr_hugo")
    new = latest(local)
    assert new["id"] == old["id"]
    assert follow(local, old["links"][0]).status == 404
    assert follow(local, new["links"][0]).status == 200


def test_a_browser_gets_a_page(api: Api) -> None:
    invite(api)
    page = follow(api, latest(api)["links"][0], **BROWSER)
    assert page.status == 200
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    text = page.content.decode()
    # Links name the sandbox as its client does.
    base = api.url or api.sandbox.hub.base_url
    assert f"GET {base}/api/v1/questionnaire-responses/qre_" in text
    assert "curl -X GET" in text
    assert "default-src 'none'" in page.headers["content-security-policy"]
    both = follow(api, latest(api)["links"][0], accept="application/json, text/html;q=0.5")
    assert both.json["operation"] == "getQuestionnaireResponse"


def test_a_message_is_read_in_three_ways(api: Api) -> None:
    invite(api)
    email = latest(api)
    path = f"{INBOX}/{email['id']}"
    assert api.get(path).json == email
    text = api.get(f"{path}/text")
    assert text.headers["content-type"] == "text/plain; charset=utf-8"
    assert text.content.decode() == email["text"]
    page = api.get(f"{path}/html", headers=BROWSER)
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert f'href="{email["links"][0]["url"]}"' in page.content.decode()
    style = page.content.partition(b"<style>")[2].partition(b"</style>")[0]
    allowed = base64.b64encode(hashlib.sha256(style).digest()).decode()
    policy = page.headers["content-security-policy"]
    assert policy.startswith(f"default-src 'none'; style-src 'sha256-{allowed}';")
    assert "http" not in page.content.decode().replace(email["links"][0]["url"], "")


@pytest.mark.parametrize("part", ["", "/html", "/text"])
@pytest.mark.parametrize("where", ["votre-tenant/inbox/msg_1", "inconnu/inbox/msg_1"])
def test_what_is_not_there_is_not_found(api: Api, where: str, part: str) -> None:
    answer = api.get(f"{CONTROLS}/{where}{part}")
    assert (answer.status, answer.code) == (404, "NOT_FOUND")


def test_filters_pick_what_they_say(seeded: Api) -> None:
    everything = messages(seeded, tenant="qualiforma-demo")
    middle = everything[len(everything) // 2]
    user, address, at = middle["to"]["userId"], middle["to"]["address"], middle["at"]
    moved = at.replace("Z", "%2B00:00")
    cases = {
        f"to={user}": lambda m: m["to"]["userId"] == user,
        f"to={address.upper().replace('+', '%2B')}": lambda m: m["to"]["address"] == address,
        "channel=SMS": lambda m: m["channel"] == "SMS",
        "kind=questionnaire.sent": lambda m: m["kind"] == "questionnaire.sent",
        f"since={at}": lambda m: m["at"] >= at,
        f"since={moved}&channel=EMAIL": lambda m: m["at"] >= at and m["channel"] == "EMAIL",
        "kind=none": lambda m: False,
    }
    for query, fits in cases.items():
        wanted = [m["id"] for m in everything if fits(m)]
        assert [m["id"] for m in messages(seeded, query, "qualiforma-demo")] == wanted, query
    few = seeded.get(f"{CONTROLS}/qualiforma-demo/inbox?limit=7&channel=EMAIL").json["items"]
    assert few == [m for m in everything if m["channel"] == "EMAIL"][-7:]
    assert seeded.get(f"{CONTROLS}/qualiforma-demo/inbox?limit=0").status == 400
    assert seeded.get(f"{CONTROLS}/qualiforma-demo/inbox?channel=FAX").status == 400


def test_an_emptied_inbox_is_empty_and_fills_again(api: Api) -> None:
    invite(api)
    old = latest(api)
    for _ in range(2):
        assert api.delete(INBOX).status == 204
        assert messages(api) == []
    assert follow(api, old["links"][0]).status == 404
    invite(api)
    sent = messages(api)
    assert len(sent) == 2
    assert old["id"] not in {m["id"] for m in sent}


def test_a_letter_stays_in_its_tenant(seeded: Api) -> None:
    fork = seeded.post(f"{CONTROLS}/votre-tenant/forks", {"slug": "a-part"})
    assert fork.status == 201
    others = [t["slug"] for t in seeded.get(CONTROLS).json["items"] if t["slug"] != "a-part"]
    before = {slug: messages(seeded, tenant=slug) for slug in others}
    token = seeded.post(f"{CONTROLS}/a-part/tokens", {"role": "TRAINER"}).json["accessToken"]
    sent = seeded.post(
        "/questionnaire-responses",
        INVITED,
        headers={"X-Tenant-ID": "a-part", "Authorization": f"Bearer {token}"},
    )
    assert sent.status == 201
    assert len(messages(seeded, tenant="a-part")) == len(before["votre-tenant"]) + 2
    assert {slug: messages(seeded, tenant=slug) for slug in others} == before
    assert seeded.delete(f"{CONTROLS}/a-part").status == 204


def test_messages_and_their_links_live_on_in_a_snapshot(api: Api) -> None:
    invite(api)
    before, snapshots = messages(api), f"{CONTROLS}/votre-tenant/snapshots"
    assert api.put(f"{snapshots}/avant").status == 200
    file = api.get(f"{snapshots}/avant/file").json
    assert api.delete(INBOX).status == 204
    loaded = api.put(f"{snapshots}/relu/file", file)
    assert loaded.status == 200, loaded.json
    assert api.post(f"{snapshots}/relu/restore").status == 200
    assert messages(api) == before
    assert follow(api, before[-1]["links"][0]).status == 200


def test_a_link_can_be_followed_with_parameters_that_mail_programs_add(api: Api) -> None:
    invite(api)
    token = latest(api)["links"][0]["url"].rpartition("/")[2]
    answer = api.get(f"!/_sandbox/links/{token}?utm_source=courriel&x=%FF")
    assert (answer.status, answer.json["tenant"]) == (200, "votre-tenant")
