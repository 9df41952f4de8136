"""What asks for a `dialect` is run twice: over the toy contract, and over it in another one."""

from typing import Any

import pytest

from . import toy
from .dialects import DIALECTS, Dialect


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "dialect" in metafunc.fixturenames:
        spoken = DIALECTS[:1] if getattr(metafunc.function, "is_ours", False) else DIALECTS
        names = [one.__name__.lower() for one in spoken]
        metafunc.parametrize("dialect", spoken, indirect=True, ids=names)


@pytest.fixture
def dialect(request: Any, monkeypatch: pytest.MonkeyPatch) -> type[Dialect]:
    monkeypatch.setattr(toy, "SPOKEN", request.param)
    found: type[Dialect] = request.param
    return found
