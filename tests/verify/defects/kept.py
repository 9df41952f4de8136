"""Defects of what holds between records: what is unique, what is referred to."""

import json
from collections.abc import Callable

from tests.verify.defective import Call, Change, Defect, Reply, Upstream
from tests.verify.defects.lifecycle import gone_all_the_same, lies, where

QUESTIONNAIRE, COMPANY = "/questionnaires/{}", "/companies/{}"


def twice(
    method: str, pattern: str, name: str, when: Callable[[str], bool] = lambda _: True
) -> Callable[[], Change]:
    """Accepts a value that another record has, and shows it in the answer."""

    async def changed(call: Call, upstream: Upstream) -> Reply:
        reply = await upstream.call(call)
        body = call.json
        if not (call.is_(method, pattern) and reply.status == 409 and isinstance(body, dict)):
            return reply
        value = body.pop(name, None)
        if value is None or not when(value):
            return reply
        other = {"email": f"other.{id(reply)}@autre.example"}.get(name)
        call.content = json.dumps({**body, name: other} if other else body).encode()
        call.headers["content-length"] = str(len(call.content))
        again = await upstream.call(call)
        said = again.json
        if again.status < 300:
            said["data"][name] = value
            again.say(said)
        return again

    return lambda: changed


DEFECTS = [
    Defect(
        "unique-not-checked",
        "unique-kept",
        ("createCompany",),
        "Two companies can have the same SIRET.",
        twice("POST", "/companies", "siret"),
        wfc=102,
    ),
    Defect(
        "unique-with-regard-to-case",
        "unique-kept",
        ("createUser",),
        "The same e-mail address in capitals makes another account.",
        twice("POST", "/users", "email", lambda value: value != value.lower()),
        wfc=102,
    ),
    Defect(
        "unique-not-checked-on-update",
        "unique-kept",
        ("updateCompany",),
        "A company can be given the SIRET of another.",
        twice("PATCH", COMPANY, "siret"),
        wfc=102,
    ),
    Defect(
        "referred-to-is-deleted",
        "referred-to-stays",
        ("deleteCompany",),
        "A company is deleted while accounts refer to it.",
        gone_all_the_same(COMPANY, 204),
        wfc=102,
    ),
    Defect(
        "referred-to-is-400",
        "referred-to-stays",
        ("deleteQuestionnaire",),
        "Deleting what is still referred to is called a bad request.",
        where("DELETE", QUESTIONNAIRE, 409)(lies),
    ),
]
