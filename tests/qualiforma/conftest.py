"""The callers and controls of the tests of the server."""

from tests.server.conftest import callers, near

__all__ = ["callers", "near"]
