"""The documented examples of answers, as the contract shows them."""

from dataclasses import dataclass

from .document import resolve, schema_at
from .grammar import operation_in
from .model import Contract, Json, JsonObject, Operation


@dataclass(frozen=True, slots=True)
class Shown:
    """What the contract shows of one answer of an operation.

    `bodies` holds its examples by name, first of them the one it shows alone; a single example
    without a name stands under the empty text. `headers` are those that have an example.
    """

    bodies: dict[str, Json]
    headers: dict[str, str]


def shown_answers(contract: Contract, operation: Operation) -> dict[int, Shown]:
    """What is shown of every documented answer of an operation, by status."""
    item = contract.document["paths"][operation.path]
    declared = operation_in(item, operation.method)["responses"]
    return {
        status: _shown(contract.document, declared[str(status)], answer.media_type or "")
        for status, answer in operation.answers.items()
    }


def _shown(document: JsonObject, response: JsonObject, media_type: str) -> Shown:
    response = resolve(document, response)
    media: JsonObject = resolve(document, response.get("content", {}).get(media_type, {}))
    bodies: dict[str, Json] = {"": media["example"]} if "example" in media else {}
    for name, declared in media.get("examples", {}).items():
        example = resolve(document, declared)
        if "value" in example:  # and does not lie elsewhere
            bodies[name] = example["value"]
    headers = {}
    for name, declared in response.get("headers", {}).items():
        header = schema_at(document, declared)
        if "example" in header:
            headers[name] = str(header["example"])
    return Shown(bodies, headers)
