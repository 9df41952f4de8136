"""Known findings: a file in the adopter's repository that accepts some of them, for a while.

It is TOML, one table `[[known]]` for each acceptance: `finding` (the id of a finding, or of what
was not proved), `reason`, `expires` (a date), and, if wanted, the `operations` it is accepted on
and the least `profile` that finds it. What is wrong about a line, or not true any more, is an
error of the run: a list that nobody keeps accepts what nobody knows of.
"""

import json
import re
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

from ..contract.names import did_you_mean
from .model import PROFILES, Finding, Options, Outcome, Unproved
from .texts import plain, shortened

_KEYS = ("finding", "operations", "reason", "expires", "profile")
_HEAD = re.compile(r"^[ \t]*\[\[[ \t]*known[ \t]*\]\]", re.MULTILINE)
_OPENING = """\
# Findings of `bacasable verify` that are accepted for a while. Each needs a reason and the day on
# which it expires. A line that is expired, or that nothing matches any more, fails the run.
"""


@dataclass(frozen=True, slots=True)
class Line:
    """One acceptance, and where it stands. No `operations` means all of them."""

    finding: str
    reason: str
    expires: date
    operations: tuple[str, ...]
    profile: str
    number: int


class Known:
    """The acceptances of a file. `errors` says what is wrong about lines that cannot be used."""

    def __init__(self, path: Path, lines: Sequence[Line], errors: Sequence[str]) -> None:
        self.path, self.lines, self.errors = path, tuple(lines), tuple(errors)

    @classmethod
    def read(cls, path: Path) -> "Known":
        """The acceptances of a file. Raises ValueError, in one line, when it cannot be read."""
        try:
            text = path.read_text("utf-8")
            document = tomllib.loads(text)
        except OSError as error:
            raise ValueError(f"{path}: cannot be read ({error.strerror})") from error
        except ValueError as error:  # not UTF-8, or no TOML
            raise ValueError(f"{path}: is no TOML: {' '.join(str(error).split())}") from error
        entries = document.get("known", [])
        if not isinstance(entries, list) or not all(isinstance(e, dict) for e in entries):
            raise ValueError(f"{path}: write each acceptance as a table [[known]]")
        numbers = [text.count("\n", 0, match.start()) + 1 for match in _HEAD.finditer(text)]
        if len(numbers) != len(entries):
            numbers = [1] * len(entries)
        lines: list[Line] = []
        errors = [f"{path}: unknown key '{key}'" for key in document if key != "known"]
        for entry, number in zip(entries, numbers, strict=True):
            wrong = list(_wrong(entry))
            errors += [f"{path}:{number}: {said}" for said in wrong]
            if not wrong:
                lines.append(_line(entry, number))
        return cls(path, lines, errors)

    def apply(
        self,
        findings: Sequence[Finding],
        unproved: Sequence[Unproved],
        today: date,
        ran: Iterable[Outcome],
        options: Options,
        *,
        stopped: bool = False,
    ) -> tuple[list[Finding], list[Unproved], list[str]]:
        """Findings and gaps with the accepted ones marked, and the errors of the file.

        `ran` and `options` say what this run has judged: only what was judged can be out of date.
        `stopped` says that it ended early.
        """
        valid = [line for line in self.lines if line.expires >= today]
        errors = list(self.errors)
        errors += [
            self._said(line, f"expired on {line.expires}; mend it, or give it a later date")
            for line in self.lines
            if line.expires < today
        ]
        marked, more = self._marked(findings, valid)
        gaps = [replace(one, known=_reasons(_of(valid, one.id))) for one in unproved]
        shown = {f.id: set(f.operations) for f in findings} | {one.id: set() for one in unproved}
        judged = _Judged(ran, options, stopped=stopped)
        for line in valid:
            if line.finding in shown:
                gone = [o for o in line.operations if o not in shown[line.finding]]
                gone = [o for o in gone if judged.saw(line, o) and shown[line.finding]]
                errors += [
                    self._said(line, f"is not seen on {o} any more; take it out") for o in gone
                ]
            elif judged.unused(line):
                errors.append(self._said(line, "is not seen any more; remove the line"))
        return marked, gaps, errors + more

    def _marked(
        self, findings: Iterable[Finding], lines: Sequence[Line]
    ) -> tuple[list[Finding], list[str]]:
        """Findings that lines accept on every operation; what they do not accept is an error."""
        marked: list[Finding] = []
        errors: list[str] = []
        for finding in findings:
            mine = _of(lines, finding.id)
            accepted = {o for line in mine for o in line.operations}
            whole = any(not line.operations for line in mine)
            more = [] if whole else [o for o in finding.operations if o not in accepted]
            known = _reasons(mine) if mine and not more else ""
            marked.append(replace(finding, known=known))
            if mine and more:
                told = f"is seen on {', '.join(more[:5])} too; mend it there, or accept it"
                errors.append(self._said(mine[0], told))
        return marked, errors

    def _said(self, line: Line, what: str) -> str:
        return f"{self.path}:{line.number}: {line.finding} {what}"

    @staticmethod
    def baseline(
        findings: Iterable[Finding],
        unproved: Iterable[Unproved],
        path: Path,
        reason: str,
        expires: date,
        *,
        profile: str = "quick",
    ) -> int:
        """Accept what is not accepted yet: add lines to a file, and leave what it has as it is.

        `profile` is that of the run. Gives the number of lines. Raises OSError.
        """
        until = (reason, expires, profile)
        blocks = [_block(f.id, f.operations, f.title, *until) for f in findings if not f.known]
        blocks += [_block(u.id, (), u.reason, *until) for u in unproved if not u.known]
        if blocks:
            before = path.read_text("utf-8") if path.is_file() else _OPENING
            path.write_text("\n".join([before.rstrip("\n") + "\n", *blocks]), "utf-8")
        return len(blocks)


class _Judged:
    """What a run has judged."""

    def __init__(self, ran: Iterable[Outcome], options: Options, *, stopped: bool) -> None:
        self._pairs = {(o.check, o.operation) for o in ran if o.verdict in ("passed", "failed")}
        self._operations = {operation for _, operation in self._pairs}
        narrowed = options.only or options.exclude or options.checks or options.read_only
        self._whole = not (narrowed or stopped)
        self._gates = not options.checks and not stopped
        self._profiles = list(PROFILES)
        self._profile = options.profile.name

    def saw(self, line: Line, operation: str) -> bool:
        """Whether the check of a line was judged on an operation, as thoroughly as it needs."""
        return self._fits(line) and (line.finding.rpartition("-")[0], operation) in self._pairs

    def unused(self, line: Line) -> bool:
        """Whether a line that nothing matched should have been matched."""
        kind, colon, operation = line.finding.partition(":")
        if colon:
            return self._gates and self._fits(line) and operation in self._operations | {"*"}
        if line.operations:
            return all(self.saw(line, operation) for operation in line.operations)
        checks = {check for check, _ in self._pairs}
        return self._whole and self._fits(line) and kind.rpartition("-")[0] in checks

    def _fits(self, line: Line) -> bool:
        """Whether the run did at least as much as the one that found it."""
        if not line.profile or self._profile not in self._profiles:
            return True
        return self._profiles.index(self._profile) >= self._profiles.index(line.profile)


def _of(lines: Iterable[Line], id_: str) -> list[Line]:
    return [line for line in lines if line.finding == id_]


def _reasons(lines: Iterable[Line]) -> str:
    return "; ".join(dict.fromkeys(f"{line.reason} (until {line.expires})" for line in lines))


def _wrong(entry: dict[str, Any]) -> Iterator[str]:
    """What is wrong about one table."""
    name = entry.get("finding")
    told = f"{name} " if isinstance(name, str) else ""
    for key in entry:
        if key not in _KEYS:
            yield f"{told}has an unknown key '{plain(key)}'{did_you_mean(key, _KEYS)}"
    if not isinstance(name, str) or not name.strip():
        yield 'names no finding; write finding = "…"'
    reason = entry.get("reason")
    if not isinstance(reason, str) or not reason.strip():
        yield f'{told}has no reason; write reason = "…"'
    expires = entry.get("expires")
    if not isinstance(expires, date) or isinstance(expires, datetime):
        yield f"{told}has no day on which it expires; write expires = 2030-12-31, say"
    operations = entry.get("operations", [])
    if not isinstance(operations, list) or not all(isinstance(o, str) for o in operations):
        yield f"{told}has operations that are no list of names"
    if entry.get("profile", "quick") not in PROFILES:
        yield f"{told}has a profile that is none of {', '.join(PROFILES)}"


def _line(entry: dict[str, Any], number: int) -> Line:
    operations = tuple(entry.get("operations", ()))
    return Line(
        entry["finding"],
        " ".join(entry["reason"].split()),
        entry["expires"],
        operations,
        entry.get("profile", ""),
        number,
    )


def _block(id_: str, operations: Sequence[str], title: str, *until: Any) -> str:
    """One acceptance as TOML, under a comment that says what it is."""
    reason, expires, profile = until
    lines = ["[[known]]", f"# {plain(shortened(title, 300))}", f"finding = {_text(id_)}"]
    if operations:
        lines.append(f"operations = [{', '.join(map(_text, operations))}]")
    if profile != "quick":
        lines.append(f"profile = {_text(profile)}")
    return "\n".join([*lines, f"reason = {_text(reason)}", f"expires = {expires.isoformat()}", ""])


def _text(text: str) -> str:
    return json.dumps(plain(text), ensure_ascii=False)
