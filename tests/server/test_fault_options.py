"""What a fault may not be: every option that does not fit is named with its place."""

import pytest

from tests.server.faulty import FAULTS, try_to_add
from tests.server.problems import detail_at, places_of
from tests.tables import each

WRONG = {
    "no kind": ({}, ["/kind"]),
    "another kind": ({"kind": "MISHAP"}, ["/kind"]),
    "unknown member": ({"kind": "CUT", "wenn": "BEFORE"}, ["/wenn"]),
    "delay without seconds": ({"kind": "DELAY"}, ["/seconds"]),
    "slow without seconds": ({"kind": "SLOW"}, ["/seconds"]),
    "too long": ({"kind": "DELAY", "seconds": 61}, ["/seconds"]),
    "negative": ({"kind": "SLOW", "seconds": -1}, ["/seconds"]),
    "jitter for slow": ({"kind": "SLOW", "seconds": 1, "jitter": 1}, ["/jitter"]),
    "options for stale": ({"kind": "STALE", "seconds": 1, "when": "BEFORE"}, ["/seconds", "/when"]),
    "code for cut": ({"kind": "CUT", "code": "NOT_FOUND"}, ["/code"]),
    "when": ({"kind": "CUT", "when": "LATER"}, ["/when"]),
    "no percent": ({"kind": "CUT", "percent": 0}, ["/percent"]),
    "over 100 percent": ({"kind": "CUT", "percent": 100.5}, ["/percent"]),
    "no count": ({"kind": "CUT", "count": 0}, ["/count"]),
    "unknown role": ({"kind": "CUT", "roles": ["ADMIN", "ROOT"]}, ["/roles/1"]),
    "unknown operation": ({"kind": "CUT", "operations": ["getCours"]}, ["/operations/0"]),
    "error of nothing": ({"kind": "ERROR"}, ["/status"]),
    "success is no error": ({"kind": "ERROR", "status": 200}, ["/status"]),
    "undocumented status": ({"kind": "ERROR", "status": 418}, ["/status"]),
    "undocumented code": ({"kind": "ERROR", "code": "UNKNOWN_PATHS"}, ["/code"]),
    "code of another status": (
        {"kind": "ERROR", "status": 404, "code": "ROLE_REQUIRED"},
        ["/code"],
    ),
    "status that the operation has not": (
        {"kind": "ERROR", "status": 409, "operations": ["listCourses", "getCourse"]},
        ["/status"],
    ),
    "code that the operation has not": (
        {"kind": "ERROR", "code": "DUPLICATE", "operations": ["listCourses"]},
        ["/code"],
    ),
    "retry after a 404": ({"kind": "ERROR", "status": 404, "retryAfter": 1}, ["/retryAfter"]),
    "retry in two days": ({"kind": "RATE_LIMIT", "retryAfter": 172800}, ["/retryAfter"]),
    "no token to expire": ({"kind": "TOKEN_EXPIRED", "operations": ["login"]}, ["/operations"]),
    "nothing to be stale": ({"kind": "STALE", "operations": ["createCourse"]}, ["/operations"]),
    "drift without a change": ({"kind": "DRIFT", "member": "/status"}, ["/change"]),
    "drift to a status by ENUM": (
        {"kind": "DRIFT", "change": "ENUM", "status": 202},
        ["/status"],
    ),
    "drift to no final status": (
        {"kind": "DRIFT", "change": "STATUS", "status": 103},
        ["/status"],
    ),
    "member for a status": (
        {"kind": "DRIFT", "change": "STATUS", "member": "/status"},
        ["/member"],
    ),
    "member without a slash": (
        {"kind": "DRIFT", "change": "TYPE", "member": "status"},
        ["/member"],
    ),
    "member that no answer has": (
        {"kind": "DRIFT", "change": "TYPE", "member": "/statut", "operations": ["getCourse"]},
        ["/member"],
    ),
    "member without an enum": (
        {"kind": "DRIFT", "change": "ENUM", "member": "/title", "operations": ["getCourse"]},
        ["/member"],
    ),
    "extra member that is there": (
        {"kind": "DRIFT", "change": "EXTRA", "member": "/title", "operations": ["getCourse"]},
        ["/member"],
    ),
    "everything at once": (
        {"kind": "DELAY", "status": 404, "member": "/x", "operations": ["getCourse", "nothing"]},
        ["/status", "/member", "/seconds", "/operations/1"],
    ),
}


@each(("wanted", "places"), WRONG.values(), ids=list(WRONG), fresh="local")
def test_what_does_not_fit_is_named_with_its_place(local, wanted, places):
    answer = try_to_add(local, **wanted)
    assert (answer.status, answer.json.get("code")) == (400, "INVALID_REQUEST"), answer.json
    assert places_of(answer) == places
    assert local.get(FAULTS).json == {"items": []}


def test_the_closest_names_are_offered(local):
    answer = try_to_add(local, kind="CUT", operations=["getCours"])
    assert detail_at(answer, "/operations/0").endswith("did you mean 'getCourse'?")
    answer = try_to_add(local, kind="ERROR", code="NOTFOUND")
    assert detail_at(answer, "/code").endswith("did you mean 'NOT_FOUND'?")


def test_the_documented_refusals_are_listed(local):
    answer = try_to_add(local, kind="ERROR", status=418, operations=["getCourse"])
    said = detail_at(answer, "/status")
    assert said.endswith("400, 401, 403, 404, 406, 429, 500, 503")


RIGHT = [
    ({"kind": "DELAY", "seconds": 0}, {"seconds": 0, "jitter": 0}),
    ({"kind": "DELAY", "seconds": 0.5, "jitter": 60}, {"seconds": 0.5, "jitter": 60}),
    ({"kind": "ERROR", "status": 404}, {"status": 404, "code": "NOT_FOUND"}),
    ({"kind": "ERROR", "code": "DUPLICATE"}, {"status": 409, "code": "DUPLICATE"}),
    (
        {"kind": "ERROR", "status": 503, "retryAfter": 0},
        {"status": 503, "code": "UNAVAILABLE", "retryAfter": 0},
    ),
    ({"kind": "CUT"}, {"when": "BEFORE"}),
    ({"kind": "CUT", "when": "MIDWAY"}, {"when": "MIDWAY"}),
    ({"kind": "TRUNCATE"}, {}),
    ({"kind": "SLOW", "seconds": 60}, {"seconds": 60}),
    ({"kind": "STALE"}, {}),
    ({"kind": "DUPLICATE"}, {}),
    ({"kind": "TOKEN_EXPIRED"}, {}),
    ({"kind": "RATE_LIMIT"}, {"retryAfter": 1}),
    ({"kind": "DRIFT", "change": "STATUS", "status": 202}, {"change": "STATUS", "status": 202}),
    ({"kind": "DRIFT", "change": "ENUM", "member": "/status"}, {"change": "ENUM"}),
    ({"kind": "DRIFT", "change": "EXTRA", "member": "/note"}, {"member": "/note"}),
]


@pytest.mark.parametrize(("wanted", "shown"), RIGHT)
def test_only_the_options_of_its_kind_are_shown(local, wanted, shown):
    answer = try_to_add(local, **wanted)
    assert answer.status == 201, answer.json
    assert answer.json.items() >= (shown | wanted).items()
    common = {"id", "kind", "operations", "roles", "percent", "count", "struck", "remaining"}
    assert answer.json.keys() - common == (shown.keys() | wanted.keys()) - {"kind"}
