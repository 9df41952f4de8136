"""What goes wrong between a test and a sandbox, each in one line that says what to do."""

from collections.abc import Mapping
from typing import Any


class SandboxError(Exception):
    """Whatever a sandbox could not do for its user."""


class SandboxUnreachable(SandboxError):
    """Nothing answers at the address, or what answers has no controls."""


class ControlRefused(SandboxError):
    """A control was refused.

    `code` is one of the catalogue in /_sandbox/openapi.json, `status` the HTTP status, `detail`
    the reason in a sentence, `errors` every violation as {pointer, detail}.
    """

    def __init__(self, problem: Mapping[str, Any]) -> None:
        self.code: str = problem["code"]
        self.status: int = problem["status"]
        self.detail: str = problem["detail"]
        self.errors: list[dict[str, str]] = list(problem.get("errors", []))
        places = "; ".join(f"{error['pointer'] or '/'}: {error['detail']}" for error in self.errors)
        said = f"{self.detail} {places}" if places else self.detail
        super().__init__(f"{self.code}: {' '.join(said.split())}")
