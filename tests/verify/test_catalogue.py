"""The catalogue of planted defects: each is found by the check made for it.

Here a check is tried alone, on the operations where the defect shows; `bench/defects.py` runs the
whole kit over it, with three seeds, and the command line of Schemathesis beside it.
"""

import pytest

from bacasable.verify.checks import all_checks
from bacasable.verify.model import PROFILES
from bacasable.verify.run import Run
from tests.tables import each
from tests.verify.conftest import options_for

from .catalogue import CATALOGUE

FAULT_CODES = {*range(100, 111), *range(200, 211)}
FIRST = {defect.check: defect for defect in reversed(CATALOGUE)}
"""The first defect of each check, which every sweep tries; the others take turns."""
TRIED = list(FIRST.values())[::3]
"""Those that are tried always."""
MARKED = [
    pytest.param(
        d,
        id=d.id,
        marks=()
        if d in TRIED
        else (pytest.mark.sweep,)
        if d in FIRST.values()
        else (pytest.mark.sweep, pytest.mark.turns),
    )
    for d in CATALOGUE
]


@pytest.mark.parametrize("defect", MARKED)
def test_the_check_made_for_a_defect_finds_it(defect, contract, serving):
    check = all_checks()[defect.check]
    quick = check.kind == "answer"
    options = options_for(
        serving(defect),
        only=defect.operations,
        checks=() if quick else (defect.check,),
        **{"profile": PROFILES["quick" if quick else "standard"]} | defect.options,
    )
    run = Run(contract, options)
    try:
        if quick:  # what the other checks send shows it, mostly; generated requests take longer
            for other in run.of_kind("operation"):
                for operation in run.operations:
                    run._keep(*run.judge(other, operation))
        elif check.kind == "server":
            run._keep(*run.judge(check, None))
        else:
            for operation in run.operations:
                run._keep(*run.judge(check, operation))
        if defect.check not in {fault.check for fault in run.report().findings}:
            run.exercise(run.operations)
    finally:
        run.close()
    found = {finding.check for finding in run.report().findings}
    told = [f"{o.operation} {o.verdict} {o.reason}" for o in run.outcomes if o.check == check.id]
    assert defect.check in found, (told, found)


def test_the_catalogue_is_wide_and_its_entries_are_sound(contract):
    ids = [defect.id for defect in CATALOGUE]
    assert len(ids) >= 60
    assert len(ids) == len(set(ids))
    for defect in CATALOGUE:
        assert defect.operations, defect.id
        assert set(defect.operations) <= contract.operations.keys(), defect.id
        assert defect.wfc is None or defect.wfc in FAULT_CODES, defect.id
        assert defect.says.endswith("."), defect.id


@each("check", all_checks().values(), ids=lambda c: c.id)
def test_every_check_has_a_defect_of_its_own_and_declares_itself(check):
    assert [d for d in CATALOGUE if d.check == check.id], "no planted defect is made for it"
    for text in (check.enforces, check.stands, check.repair):
        assert text[:1].isupper(), text
        assert text.endswith("."), text
    assert (check.judge is None) != (check.probe is None)
    assert (check.kind == "answer") == (check.judge is not None)
