"""Changes that several defects share."""

from collections.abc import Callable
from typing import Any

from tests.verify.defective import Call, Change, Reply, answers, requests


def edited(change: Callable[[Any], object], *kinds: str) -> Callable[[], Change]:
    """A defect in the records of successful answers to paths that begin with one of `kinds`."""

    def alter(call: Call, reply: Reply) -> None:
        body = reply.json
        if reply.status < 300 and call.path.startswith(kinds) and isinstance(body, dict):
            data = body.get("data")
            for record in data if isinstance(data, list) else [data]:
                if isinstance(record, dict):
                    change(record)
            reply.say(body)

    return answers(alter)


def problems(change: Callable[[Any], object], *statuses: int) -> Callable[[], Change]:
    """A defect in the problems of some statuses."""

    def alter(call: Call, reply: Reply) -> None:
        body = reply.json
        if reply.status in statuses and isinstance(body, dict):
            change(body)
            reply.say(body)

    return answers(alter)


def texts(name: str, change: Callable[[str], object]) -> Callable[[Any], None]:
    """A change of one member of a record, unless it is null."""

    def changed(record: Any) -> None:
        if record.get(name) is not None:
            record[name] = change(record[name])

    return changed


def without(*names: str) -> Callable[[], Change]:
    """The server does not look at some headers of a request."""

    def change(call: Call) -> None:
        for name in names:
            call.headers.pop(name, None)

    return requests(change)
