"""What Schemathesis is told: the document, its configuration, which operations, which checks."""

from collections.abc import Iterable, Mapping
from copy import deepcopy
from typing import Any

from schemathesis import Config, openapi
from schemathesis.specs.openapi.schemas import OpenApiSchema

from ...contract import Contract, Operation
from ..model import Identity, Options
from .carrier import Carrier, label
from .verdicts import CHECKS

_CONTROLS = "".join(map(chr, (*range(32), 127)))
"""Characters that HTTP allows in no header: a request with one is none of the contract's."""
_STEPS = 6
_NUMBERS = [0, -1, 2**31 - 1, 2**31, -(2**31) - 1, 2**32, 2**53 + 1, 2**63, -(2**63) - 1, 10**30]
_TEXTS = [
    "'",
    "' OR '1'='1",
    "<script>alert(1)</script>",
    "${7*7}{{7*7}}",
    "../../../../etc/passwd",
    "%00%0d%0a",
    "null",
    "\u202eenverra",
    "e\u0301te\u0301 \U0001f469\u200d\U0001f692",
]
"""Values on which servers stumble: beyond the sizes of integers, texts that something may run."""
_BEYOND = (2**31, 2**63)
_OFTEN = 0.15


class Judged(OpenApiSchema):
    """A document whose requests go through a carrier of ours."""

    carrier: Carrier

    @property
    def transport(self) -> Carrier:
        """What carries its requests."""
        return self.carrier


def load(
    contract: Contract, config: dict[str, Any], carrier: Carrier, operations: Iterable[Operation]
) -> Judged:
    """The contract as Schemathesis reads it, limited to operations."""
    document = deepcopy(contract.document)
    document["servers"] = [{"url": contract.base_path or "/"}]
    loaded = openapi.from_dict(document, config=Config.from_dict(config))
    judged = Judged(loaded.raw_schema, config=loaded.config)
    chosen = judged.include(name=[label(operation) for operation in operations])
    assert isinstance(chosen, Judged)  # noqa: S101 - what is limited keeps its class
    chosen.carrier = carrier
    return chosen


def configuration(
    options: Options,
    callers: Mapping[str, Identity],
    operations: Iterable[Operation],
    pins: Mapping[str, Mapping[str, str]],
    *,
    stateful: bool,
) -> dict[str, Any]:
    """The configuration of a run, as a file of Schemathesis would state it.

    `pins` holds the path parameters of operations that are called on one record.
    """
    profile = options.profile
    examples = profile.stateful_examples if stateful else profile.examples
    wanted = chosen(options)
    return {
        "seed": options.seed,
        "workers": options.workers,
        "continue-on-failure": False,
        "suppress-health-check": ["all"],
        "request-timeout": options.timeout,
        "cache": {"enabled": False},
        "auth": {"auto-signup": False},
        "checks": {"enabled": False} | {name: {"enabled": True} for name in wanted},
        "phases": {
            "examples": {"enabled": not stateful},
            "coverage": {"enabled": not stateful and profile.samples > QUICK} | _methods(options),
            "fuzzing": {"enabled": not stateful},
            "stateful": {"enabled": stateful, "max-steps": _STEPS},
        },
        "generation": {
            "mode": "all",
            "max-examples": examples,
            "database": "none",
            "exclude-header-characters": _CONTROLS,
            "dictionaries": {
                "integer": {"dictionary": "numbers", "probability": _OFTEN},
                "string": {"dictionary": "texts", "probability": _OFTEN},
            },
        },
        "dictionaries": {"numbers": {"values": _NUMBERS}, "texts": {"values": _TEXTS}},
        "operations": [
            {
                "include-name": label(operation),
                "headers": dict(callers[operation.id].headers),
                "parameters": _pinned(operation, callers[operation.id], pins.get(operation.id, {})),
            }
            for operation in operations
        ],
    }


QUICK = 3
"""A profile with no more samples than this leaves out the phase that tries every boundary."""


def chosen(options: Options) -> list[str]:
    """The checks of Schemathesis that the run makes."""
    return [
        name
        for name, told in CHECKS.items()
        if not options.checks or set(told) & set(options.checks)
    ]


def _methods(options: Options) -> dict[str, Any]:
    return {"unexpected-methods": []} if options.read_only else {}


def _pinned(operation: Operation, caller: Identity, path: Mapping[str, str]) -> dict[str, str]:
    """Parameters that are not generated: those that say which record, and who calls."""
    declared = {p.name.lower(): p.name for p in operation.parameters if p.location == "header"}
    pinned = {f"path.{name}": str(value) for name, value in path.items()}
    pinned |= {f"query.{name}": value for name, value in caller.query.items()}
    return pinned | {
        f"header.{declared[name.lower()]}": value
        for name, value in caller.headers.items()
        if name.lower() in declared
    }


def beyond(operation: Operation) -> list[dict[str, int]]:
    """Queries with a number that many a server cannot hold, one parameter at a time."""
    return [
        {parameter.name: number}
        for parameter in operation.parameters
        if parameter.location == "query"
        and isinstance(parameter.schema, dict)
        and parameter.schema.get("type") == "integer"
        for number in _BEYOND
    ]
