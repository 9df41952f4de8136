"""The page of the documentation that lists the checks, made from what each says of itself."""

from .checks import Check, all_checks

_HEAD = """# What the test kit checks

Each check is one file in `src/bacasable/verify/checks/`, which declares all of this. Written by
`python3 run.py docs`; [the planted defects](defects.md) show that each finds something.
"""
_KINDS = {
    "answer": "every answer of the run, whatever it was asked for",
    "operation": "requests of its own, for each operation it applies to",
    "server": "requests of its own, once",
}


def as_markdown() -> str:
    """The page, in English."""
    return "\n".join([_HEAD, *(_section(check) for check in all_checks().values())])


def _section(check: Check) -> str:
    fault = f", WFC {check.wfc}" if check.wfc else ""
    reads = "" if check.writes or check.kind == "answer" else " Also with `--read-only`."
    return (
        f"## {check.id}\n\n{check.enforces}\n\n"
        f"- **Stands on**: {check.stands}\n"
        f"- **Judges**: {_KINDS[check.kind]} ({check.severity}{fault}).{reads}\n"
        f"- **Repair**: {check.repair}\n"
    )
