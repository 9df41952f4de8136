"""The sandbox inside a test: the controls in Python, and clients of the API."""

from .errors import ControlRefused, SandboxError, SandboxUnreachable
from .sandbox import Sandbox
from .tenant import Tenant

__all__ = ["ControlRefused", "Sandbox", "SandboxError", "SandboxUnreachable", "Tenant"]
