"""PATCH changes what it names and nothing else."""

import pytest

from bacasable.contract import Operation
from tests.qualiforma.steps import plant
from tests.server.table import example_body, operations
from tests.support import Api

PATCHES = [pytest.param(o, id=o.id) for o in operations() if o.method == "patch"]
MOVING = {"updatedAt", "version"}


@pytest.mark.parametrize("operation", PATCHES)
def test_members_left_out_of_a_patch_stay(local: Api, operation: Operation) -> None:
    plant(local, "Company", "cmp_abc123", kind="FUNDER")
    plant(local, "CourseModule", "mod_excel_1", mandatory=False, content="Exercices")
    caller = local.as_("SUPER_ADMIN" if operation.path.startswith("/admin") else "ADMIN")
    path, body = operation.example_path, example_body(operation)
    if operation.path.startswith("/admin"):
        path = "/admin/tenants/tnt_00000000-0000-4000-8000-000000000001"
    before = caller.get(path).data
    after = caller.patch(path, body).data
    changed = {name for name in before if before[name] != after[name]}
    assert changed <= set(body) | MOVING
