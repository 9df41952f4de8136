"""Letters: one for each fact, to the right account, safe to show, told when they are kept."""

import json
from collections import Counter
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from bacasable.contract import Contract, Refusal
from bacasable.core import Record, Space
from bacasable.core.journal import JOURNAL
from bacasable.core.messages import Letter, Link, post
from bacasable.platforms.qualiforma.letters import day, euros
from bacasable.resources import FIXTURES
from bacasable.sandbox import inbox
from bacasable.sandbox.hub import Hub
from tests.support import ALL, NOW, Api, in_process, make_sandbox

REPEATABLE = settings(
    derandomize=True, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
TO_LEARNERS = {"enrollment": "userId", "questionnaire": "respondentId", "adaptive_path": "userId"}
TO_ADMINISTRATORS = {"questionnaire.alert", "needs_analysis.completed"}
BY_SMS = {"questionnaire.sent", "questionnaire.reminded"}
HOSTILE = '"><script>alert(1)</script>\r\n\x1b[31m\u202e&lt; {{ 7 * 7 }} \'"`$(id)'


@pytest.fixture(scope="module")
def year_later(contract: Contract) -> Iterator[Api]:
    """All tenants a year after the fixtures, with what no fixture tells."""
    with in_process(make_sandbox(contract, ALL)) as api:
        admin, trainer = api.as_("ADMIN"), api.as_("TRAINER")
        reason = {"statusReason": "Erreur de saisie"}
        assert admin.post("/enrollments/enr_termine/reopen", reason).status == 200
        action = "/improvement-plans/imp_abc123/actions/ima_abc123"
        for changes in ({"ownerId": "usr_admin"}, {"title": "Relire"}, {"ownerId": None}):
            trainer.patch(action, changes)
        nobodys = {"title": "Sans responsable", "dueDate": "2026-12-01"}
        assert trainer.post("/improvement-plans/imp_brouillon/actions", nobodys).status == 201
        ends = {"expiresAt": "2027-01-31T00:00:00Z"}
        assert admin.patch("/enrollments/enr_xyz789", ends).status == 200
        for tenant in ALL:
            moved = api.post(f"!/_sandbox/tenants/{tenant}/clock/advance", {"by": "P1Y"})
            assert moved.status == 200, moved.json
        yield api


def space_of(api: Api, slug: str) -> Space:
    found = api.sandbox.engine.platform.space(slug)
    assert found is not None
    return found


def expected(space: Space, letters: set[str]) -> Iterator[tuple[str, str, str, str]]:
    """Fact, instant, account and channel of every message, as the journal has it."""
    users = {user["id"]: user for user in space.collection("User")}
    facts = list(space.collection(JOURNAL))
    made = {fact["resourceId"] for fact in facts if fact["type"] == "user.created"}
    active = dict.fromkeys(set(users) - made, True)
    owners: dict[str, str | None] = {}
    for fact in facts:
        kind, subject, data = fact["type"], fact["resourceId"], fact["data"]
        if kind.startswith("user."):
            active[subject] = data["status"] == "ACTIVE"
        if kind not in letters:
            continue
        to = [subject] if kind == "user.created" else []
        if kind in TO_ADMINISTRATORS:
            to = [u["id"] for u in users.values() if "ADMIN" in u["roles"]]
        elif kind.startswith("improvement_plan.action"):
            handed = kind != "improvement_plan.action_updated" or (
                data["ownerId"] != owners[subject]
            )
            owners[subject] = data["ownerId"]
            to = [data["ownerId"]] if data["ownerId"] and handed else []
        elif kind.split(".")[0] in TO_LEARNERS:
            to = [data[TO_LEARNERS[kind.split(".")[0]]]]
        for user in to:
            if active.get(user):
                yield kind, fact["occurredAt"], user, "EMAIL"
                if kind in BY_SMS and users[user]["phone"]:
                    yield kind, fact["occurredAt"], user, "SMS"


@pytest.mark.parametrize("slug", ALL)
def test_every_fact_is_told_once_to_whom_it_concerns(year_later: Api, slug: str) -> None:
    space = space_of(year_later, slug)
    letters = set(year_later.sandbox.engine._letters)
    told = [(m["kind"], m["at"], m["userId"], m["channel"]) for m in inbox.messages_of(space)]
    assert told == list(expected(space, letters))


def test_every_letter_is_written_at_least_once(year_later: Api) -> None:
    spaces = year_later.sandbox.engine.platform.spaces()
    told = {message["kind"] for space in spaces for message in inbox.messages_of(space)}
    assert told == set(year_later.sandbox.engine._letters)


def test_links_lead_where_their_recipient_may_go(year_later: Api) -> None:
    hub, outcomes = year_later.sandbox.hub, Counter[str]()
    space = space_of(year_later, "qualiforma-demo")
    for message in inbox.messages_of(space)[::3]:
        for link in inbox.as_json(hub, space, message)["links"]:
            followed = year_later.get("!" + link["url"].removeprefix(hub.base_url))
            outcomes[f"{message['kind']} {followed.status}"] += 1
            if followed.status == 200:
                there = followed.json
                path = there["url"].removeprefix(hub.base_url + "/api/v1")
                bearer = {"Authorization": "Bearer " + there["accessToken"]}
                tenant = {"X-Tenant-ID": there["tenant"]}
                assert year_later.get(path, headers=bearer | tenant).status == 200
            else:
                assert followed.code == "LINK_CLOSED"
    assert {o.split()[1] for o in outcomes} == {"200", "410"}
    assert outcomes["enrollment.created 200"] > 0
    assert outcomes["questionnaire.sent 410"] > 0


def test_nothing_of_a_secret_nature_is_in_a_message(year_later: Api) -> None:
    for space in year_later.sandbox.engine.platform.spaces():
        said = json.dumps([m["paragraphs"] for m in inbox.messages_of(space)], ensure_ascii=False)
        hidden = [r.get("statusReason") for r in space.collection("Enrollment")]
        hidden += [r["context"] for r in space.collection("NeedsAnalysis")]
        hidden += [
            answer["text"]
            for response in space.collection("QuestionnaireResponse")
            for answer in response["answers"]
            if "text" in answer
        ]
        profiles = [user["learnerProfile"] or {} for user in space.collection("User")]
        hidden += [profile.get("adaptations") for profile in profiles]
        assert not [text for text in hidden if text and text in said]


class Outline(HTMLParser):
    """The elements of a page with their attributes, and its text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, Any]] = []
        self.said = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.tags.append((tag, [name for name, _ in attrs]))

    def handle_data(self, data: str) -> None:
        self.said += data


@pytest.fixture
def hub(local: Api) -> Hub:
    return local.sandbox.hub


@pytest.fixture(scope="module")
def local(contract: Contract) -> Iterator[Api]:
    with in_process(make_sandbox(contract)) as api:
        yield api


def posted(hub: Hub, text: str, **changes: Any) -> tuple[Space, Record]:
    """A letter to the learner in which every text that somebody can choose is this one."""
    space = hub.engine.platform.space("votre-tenant")
    assert space is not None
    users = space.collection("User")
    users.put((users.get("usr_learner") or {}) | {"firstName": text, "lastName": text})
    link = Link(text, "getEnrollment", {"id": "enr_xyz789"})
    letter = Letter("usr_learner", text, (text, text), (link,), sms=text)
    operations = hub.engine.contract.operations
    sent = post(space, letter, hub.principal, fact="a.fact", at=NOW, operations=operations)
    return space, sent[changes.get("which", 0)]


@REPEATABLE
@given(st.text(min_size=1))
@example(HOSTILE)
def test_no_text_becomes_markup(hub: Hub, text: str) -> None:
    benign = Outline(inbox.as_page(hub, *posted(hub, "Camille")))
    space, message = posted(hub, text)
    page = Outline(inbox.as_page(hub, space, message))
    assert page.tags == benign.tags
    there = {
        "tenant": "votre-tenant",
        "operation": "getEnrollment",
        "method": "GET",
        "url": "http://127.0.0.1/x",
        "accessToken": "token",
        "expiresIn": 3600,
    }
    shown = inbox.as_destination(message, message["links"][0], there, "X-Tenant-ID")
    other = inbox.as_destination(
        message, message["links"][0] | {"label": "Voir"}, there, "X-Tenant-ID"
    )
    assert Outline(shown).tags == Outline(other).tags


@REPEATABLE
@given(st.text(min_size=1))
@example(HOSTILE)
def test_no_text_breaks_a_line(hub: Hub, text: str) -> None:
    space, message = posted(hub, text)
    plain = inbox.as_text(hub, space, message)
    # Greeting, two paragraphs, a link, the sender: a name adds none of its own.
    assert plain.count("\n") == 9
    for said in (*plain.split("\n"), inbox.as_line(hub, space, message)):
        assert not any(ord(c) < 32 or 127 <= ord(c) < 160 for c in said)
        assert not set(said) & set("\u2028\u2029\u202a\u202d\u202e\u2066\u2067\u2069")
    sms = inbox.as_text(hub, *posted(hub, text, which=1))
    assert "\n" not in sms


@REPEATABLE
@given(st.text())
def test_no_text_is_a_link(hub: Hub, text: str) -> None:
    _, message = posted(hub, "Camille")
    for token in (text, f"votre-tenant.{text}", f"votre-tenant.{message['id']}.0.{text}"):
        with pytest.raises(Refusal, match="NOT_FOUND"):
            inbox.find_link(hub, token)


def test_the_command_of_a_link_is_safe_to_paste(hub: Hub) -> None:
    _, message = posted(hub, "Camille")
    there = {
        "tenant": "x'; rm -rf / #",
        "operation": "getEnrollment",
        "method": "GET",
        "url": "http://h/$(id)",
        "accessToken": "t",
        "expiresIn": 3600,
    }
    page = Outline(inbox.as_destination(message, message["links"][0], there, "X-Tenant-ID"))
    assert "curl -X GET 'http://h/$(id)' -H 'X-Tenant-ID: x'\"'\"'; rm -rf / #'" in page.said


def test_a_link_is_not_for_who_may_not_call_it(hub: Hub) -> None:
    space = hub.engine.platform.space("votre-tenant")
    assert space is not None
    link = Link("Voir", "getImprovementPlan", {"id": "imp_abc123"})
    letter = Letter("usr_learner", "Sujet", (), (link,))
    operations = hub.engine.contract.operations
    (message,) = post(space, letter, hub.principal, fact="a.fact", at=NOW, operations=operations)
    assert message["links"] == []


def test_lines_tell_what_is_kept_and_nothing_else(contract: Contract) -> None:
    with in_process(make_sandbox(contract)) as api:
        lines: list[str] = []
        inbox.announce(api.sandbox.hub, lines.append)
        trainer = api.as_("TRAINER")
        body = {"questionnaireId": "qst_pre_excel", "respondentId": "usr_learner"}
        assert trainer.post("/questionnaire-responses", body).status == 201
        email, sms = lines
        assert email.startswith("✉ votre-tenant  questionnaire.sent → apprenant@example.com")
        assert email.endswith("/html")
        assert "+33639980101" in sms
        assert not any("/links/" in line for line in lines)
        shown = api.get("!" + email.rpartition("  ")[2].removeprefix(api.sandbox.hub.base_url))
        assert shown.status == 200
        late = body | {"expiresAt": "2026-01-01T00:00:00Z"}
        assert trainer.post("/questionnaire-responses", late).status == 409
        assert trainer.get("/questionnaire-responses").status == 200
        assert len(lines) == 2
        moved = api.post("!/_sandbox/tenants/votre-tenant/clock/advance", {"by": "P3D"})
        assert moved.status == 200, moved.json
        assert any("questionnaire.reminded" in line for line in lines[2:])


def test_no_line_tells_what_was_taken_back(contract: Contract) -> None:
    with in_process(make_sandbox(contract)) as api:
        lines: list[str] = []
        trainer, log = api.as_("TRAINER"), api.sandbox.engine.platform.log
        inbox.announce(api.sandbox.hub, lines.append)
        body = {"questionnaireId": "qst_pre_excel", "respondentId": "usr_learner"}

        def send(*, fails: bool) -> None:
            with log.held():
                assert trainer.post("/questionnaire-responses", body).status == 201
                assert lines == []
                if fails:
                    raise RuntimeError

        with pytest.raises(RuntimeError):
            send(fails=True)
        assert lines == []
        send(fails=False)
        assert len(lines) == 2


def instant(moment: Any) -> str:
    return str(moment).replace(" ", "T").replace("+00:00", "Z")


def test_a_fixture_opened_later_is_no_news(contract: Contract) -> None:
    document = yaml.safe_load((FIXTURES / "atelier-nord.yaml").read_text("utf-8"))
    with in_process(make_sandbox(contract)) as api:
        lines: list[str] = []
        inbox.announce(api.sandbox.hub, lines.append)
        opened = api.post("!/_sandbox/tenants", json.loads(json.dumps(document, default=instant)))
        assert opened.status == 201, opened.json
        told = {line.split()[2] for line in lines}
        # What fell due between the end of the story and now is news.
        assert told <= {
            "questionnaire.reminded",
            "questionnaire.expired",
            "enrollment.expired",
            "improvement_plan.action_overdue",
        }
        assert len(inbox.messages_of(space_of(api, "atelier-nord"))) > 100


@pytest.mark.parametrize(
    ("given_", "said"),
    [("2027-06-01T10:00:00Z", "1er juin 2027"), ("2026-12-31", "31 décembre 2026")],
)
def test_days_are_french(given_: str, said: str) -> None:
    assert day(given_) == said


@pytest.mark.parametrize(
    ("cents", "said"), [(0, "0,00 €"), (70005, "700,05 €"), (123456789, "1 234 567,89 €")]
)
def test_amounts_are_french(cents: int, said: str) -> None:
    assert euros(cents).replace("\u00a0", " ") == said
