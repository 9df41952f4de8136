"""The cheap sandboxes of the tests of the server."""

from tests.server.conftest import api, callers, in_process_once, local, near, over_socket_once

__all__ = ["api", "callers", "in_process_once", "local", "near", "over_socket_once"]
