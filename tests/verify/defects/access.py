"""Defects of authentication and of roles: who is let in, and what they see."""

from collections.abc import Callable
from typing import Any

from tests.verify.defective import Call, Change, Defect, Reply, Upstream, answers, requests

from ._callers import Accounts, algorithm, as_ours, asked, claims, problem, role


def header(*values: str) -> Callable[[Call, Reply], bool]:
    """A call whose Authorization begins with one of some texts; '' means that it has none."""

    def fits(call: Call, _reply: Reply) -> bool:
        given = call.headers.get("authorization")
        return given is None if values == ("",) else bool(given) and given.startswith(values)

    return fits


def of_role(*names: str) -> Callable[[Call, Reply], bool]:
    return lambda call, _reply: role(call) in names


def unsigned(call: Call, _reply: Reply) -> bool:
    return algorithm(call).lower() == "none"


def readable(call: Call, _reply: Reply) -> bool:
    return bool(claims(call).get("sub"))


def any_scheme(call: Call) -> None:
    given = call.headers.get("authorization", "")
    if given and call.is_("GET", "/companies/{}"):
        call.headers["authorization"] = "Bearer " + given.rpartition(" ")[2]


def token_in_query(call: Call) -> None:
    token = call.query.get("access_token")
    if token and call.is_("GET", "/courses/{}"):
        call.headers["authorization"] = f"Bearer {token}"
        call.raw_query = ""


def beginnings() -> Change:
    """Tokens are found by their first characters, as a cache with a short key does."""
    known: dict[str, str] = {}

    async def change(call: Call, upstream: Upstream) -> Reply:
        given = call.headers.get("authorization", "")
        found = known.get(given[:60]) if len(given) > 60 else None
        if found and call.is_("GET", "/events"):
            call.headers["authorization"] = found
        reply = await upstream.call(call)
        if reply.status < 300 and len(given) > 60:
            known.setdefault(given[:60], given)
        return reply

    return change


def endless() -> Change:
    """A token that was good once stays good on an operation."""
    accounts, seen = Accounts(), set[str]()

    async def change(call: Call, upstream: Upstream) -> Reply:
        given = call.headers.get("authorization", "")
        reply = await upstream.call(call)
        if reply.status < 300:
            seen.add(given)
        elif reply.status == 401 and given in seen and call.is_("GET", "/companies/{}"):
            return await accounts.repeated(call, upstream)
        return reply

    return change


def idle_logout(call: Call) -> Reply | None:
    return Reply(204, {}) if call.is_("POST", "/auth/logout") else None


def refusing(name: str, method: str, path: str, status: int = 403) -> Callable[[], Change]:
    """A role that may call an operation is refused."""

    def change(call: Call, reply: Reply) -> None:
        if role(call) == name and call.is_(method, path) and reply.status < 500:
            reply.content = b'{"type": "about:blank", "title": "No"}'
            problem(reply, status, "ROLE_REQUIRED" if status == 403 else "TOKEN_INVALID")

    return answers(change)


def roles_as_401(call: Call, reply: Reply) -> None:
    if reply.status == 403 and call.is_("POST", "/companies"):
        problem(reply, 401, "TOKEN_INVALID")


def forbidden_anonymous(call: Call, reply: Reply) -> None:
    if reply.status == 401 and call.is_("GET", "/companies"):
        problem(reply, 403, "ROLE_REQUIRED")


def no_challenge(call: Call, reply: Reply) -> None:
    if reply.status == 401 and call.is_("GET", "/questionnaires"):
        reply.headers.pop("www-authenticate", None)


def hidden_published(call: Call, reply: Reply) -> None:
    if role(call) == "LEARNER" and call.is_("GET", "/courses/{}") and reply.status == 200:
        reply.content = b'{"type": "about:blank", "title": "Unknown"}'
        problem(reply, 404, "NOT_FOUND")


def unmasked(method: str, path: str, *fields: str) -> Callable[[], Change]:
    """Fields that an auditor must see masked stand there as they are."""

    def make() -> Change:
        accounts = Accounts()

        async def change(call: Call, upstream: Upstream) -> Reply:
            reply = await upstream.call(call)
            if role(call) != "AUDITOR" or not call.is_(method, path) or reply.status != 200:
                return reply
            full = (await accounts.repeated(call, upstream)).json
            body: Any = reply.json
            pairs = [(body["data"], full["data"])]
            if isinstance(body["data"], list):
                pairs = list(zip(body["data"], full["data"], strict=False))
            for seen, true in pairs:
                seen.update({name: true[name] for name in fields})
            reply.say(body)
            return reply

        return change

    return make


def searched_unmasked() -> Change:
    """An auditor's search looks into what is masked for auditors."""
    accounts = Accounts()

    async def change(call: Call, upstream: Upstream) -> Reply:
        if role(call) == "AUDITOR" and call.is_("GET", "/users") and "q" in call.query:
            found = await accounts.repeated(call, upstream)
            body: Any = found.json
            for record in body["data"]:
                record["email"] = "masked@masked.invalid"
            found.say(body)
            return found
        return await upstream.call(call)

    return change


DEFECTS: list[Defect] = [
    Defect(
        "open-read",
        "auth-required",
        ("getCourse",),
        "One route was forgotten when authentication was put in: it answers anybody.",
        as_ours(header(""), asked("GET", "/courses/{}", 401)),
        207,
    ),
    Defect(
        "open-delete",
        "auth-required",
        ("deleteCompany",),
        "A route for deleting asks nobody who they are.",
        as_ours(header(""), asked("DELETE", "/companies/{}", 401)),
        208,
    ),
    Defect(
        "anonymous-is-forbidden",
        "auth-required",
        ("listCompanies",),
        "A call without a token is refused with 403, as if it had one.",
        answers(forbidden_anonymous),
    ),
    Defect(
        "no-challenge",
        "auth-required",
        ("listQuestionnaires",),
        "401 does not say how to authenticate.",
        answers(no_challenge),
    ),
    Defect(
        "any-scheme",
        "auth-malformed",
        ("getCompany",),
        "The scheme before the token is not looked at.",
        requests(any_scheme),
        207,
    ),
    Defect(
        "basic-is-enough",
        "auth-malformed",
        ("listEnrollments",),
        "A header of the scheme Basic passes for an account.",
        as_ours(header("Basic"), asked("GET", "/enrollments", 401)),
        207,
    ),
    Defect(
        "token-in-query",
        "auth-malformed",
        ("getCourse",),
        "A token is also taken from the address, where logs keep it.",
        requests(token_in_query),
        207,
    ),
    Defect(
        "token-by-its-beginning",
        "auth-malformed",
        ("listEvents",),
        "A cache knows tokens by their first characters.",
        beginnings,
        207,
    ),
    Defect(
        "algorithm-none",
        "auth-forged",
        ("getUser",),
        "A token that says it is not signed is believed.",
        as_ours(unsigned, asked("GET", "/users/{}", 401)),
        207,
    ),
    Defect(
        "signature-unread",
        "auth-forged",
        ("updateCompany",),
        "The payload of a token is read, its signature is not.",
        as_ours(readable, asked("PATCH", "/companies/{}", 401)),
        208,
    ),
    Defect(
        "ended-session-lives-on",
        "auth-expired",
        ("getCompany",),
        "A token that was good stays good after its session was ended.",
        endless,
        207,
    ),
    Defect(
        "logout-does-nothing",
        "auth-expired",
        ("listCourses",),
        "Logging out is answered, and ends nothing.",
        requests(idle_logout),
        207,
    ),
    Defect(
        "role-unchecked-on-read",
        "roles-refused",
        ("getImprovementStatistics",),
        "One operation lets every role in.",
        as_ours(of_role("LEARNER"), asked("GET", "/improvement-plans/statistics", 403)),
    ),
    Defect(
        "role-unchecked-on-write",
        "roles-refused",
        ("createCompany",),
        "Trainers may create companies, which is for administrators.",
        as_ours(of_role("TRAINER"), asked("POST", "/companies", 403)),
        206,
    ),
    Defect(
        "wrong-role-is-401",
        "roles-refused",
        ("createCompany",),
        "A known caller of another role is treated as unknown.",
        answers(roles_as_401),
        205,
    ),
    Defect(
        "trainer-forgotten",
        "roles-allowed",
        ("listCompanies",),
        "A role that may call an operation is refused.",
        refusing("TRAINER", "GET", "/companies"),
    ),
    Defect(
        "super-forgotten",
        "roles-allowed",
        ("deleteImprovementPlan",),
        "The widest role is refused where another is named first.",
        refusing("SUPER_ADMIN", "DELETE", "/improvement-plans/{}"),
    ),
    Defect(
        "auditor-unauthenticated",
        "roles-allowed",
        ("getEvent",),
        "A role that may call an operation is treated as unknown.",
        refusing("AUDITOR", "GET", "/events/{}", 401),
        205,
    ),
    Defect(
        "learners-list-all",
        "visibility",
        ("listEnrollments",),
        "Learners are listed the enrollments of all others.",
        as_ours(of_role("LEARNER"), asked("GET", "/enrollments", 200)),
    ),
    Defect(
        "learners-read-all",
        "visibility",
        ("getEnrollment",),
        "Learners may read any enrollment whose id they know.",
        as_ours(of_role("LEARNER"), asked("GET", "/enrollments/{}", 404)),
    ),
    Defect(
        "learners-see-drafts",
        "visibility",
        ("listCourses",),
        "Learners are listed courses that are not published.",
        as_ours(of_role("LEARNER"), asked("GET", "/courses", 200)),
    ),
    Defect(
        "learners-miss-courses",
        "visibility",
        ("getCourse",),
        "Learners do not get a published course.",
        answers(hidden_published),
    ),
    Defect(
        "unmasked-in-lists",
        "masking",
        ("listUsers",),
        "E-mail addresses are masked in a record, and not in a list.",
        unmasked("GET", "/users", "email"),
    ),
    Defect(
        "unmasked-in-record",
        "masking",
        ("getCompany",),
        "A telephone number is masked in a list, and not in a record.",
        unmasked("GET", "/companies/{}", "phone", "email"),
    ),
    Defect(
        "masked-but-searched",
        "masking",
        ("listUsers",),
        "Who sees addresses masked finds accounts by their addresses.",
        searched_unmasked,
    ),
]
