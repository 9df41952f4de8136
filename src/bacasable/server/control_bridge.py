"""The bridge of the controls: an HTTP request becomes the values that a control takes.

Beside the API's own bridge, on the same pieces. Special is what a control is: it may take long and
is then done in portions, holds the log of changes so that all of it happens or nothing, takes
larger bodies than the API, and may answer with a stream.
"""

import asyncio
from dataclasses import replace

from starlette.types import Receive, Scope, Send

from ..bounds import Bounds
from ..contract.compiled import compiled
from ..contract.request import Values
from ..sandbox.controls import Control, controls_contract, operations
from ..sandbox.hub import Answer, Hub
from .answering import send_answer
from .bridge import Handler
from .driving import driven
from .entrance import HEADERS, front_of, refuse_contradiction
from .forwarded import host_of
from .replies import BodyMemory, read_body
from .way import LARGE, Incoming


class ControlBridge:
    """Makes the function of each control that Connexion's resolver is given."""

    def __init__(self, hub: Hub, bounds: Bounds, memory: BodyMemory) -> None:
        self._hub, self._memory = hub, memory
        # Snapshots and bulk data are larger than any body of the API.
        self._limit = bounds.max_control_body_bytes
        self._controls, self._turn = operations(), asyncio.Lock()

    def handler(self, operation_id: str) -> Handler:
        """The ASGI function of a control. Raises KeyError for an unknown one."""
        contract = controls_contract()
        control, operation = self._controls[operation_id], contract.operations[operation_id]
        incoming = Incoming(operation, contract, self._limit)

        async def handle(scope: Scope, receive: Receive, send: Send) -> None:
            headers: dict[bytes, bytes] = scope[HEADERS]
            refuse_contradiction(scope)
            has_body = operation.body is not None
            body = await read_body(receive, self._limit, self._memory) if has_body else b""
            values = await self._values(incoming, scope, headers, body)
            answer = await self._act(control, scope, values)
            await send_answer(scope, receive, send, answer)

        return handle

    async def _values(
        self, incoming: Incoming, scope: Scope, headers: dict[bytes, bytes], body: bytes | None
    ) -> Values:
        """What a request says. Raises Refusal."""
        request = incoming.request(scope, headers, body)
        if not incoming.operation.security:
            # Mail programs add parameters of their own to the links that anybody may follow.
            request.query = ""
        # Made when it is first called, to start quickly.
        reader = compiled(controls_contract()).reader(
            incoming.operation, max_body_bytes=self._limit
        )
        # Snapshots and bulk data are read in a thread: others need not wait until that is done.
        is_large = request.body is not None and len(request.body) > LARGE
        values = await asyncio.to_thread(reader.read, request) if is_large else reader.read(request)
        # Strings in the path are names: the reader leaves them alone.
        values.path = {**request.path, **values.path}
        values.headers["accept"] = request.accept
        return values

    async def _act(self, control: Control, scope: Scope, values: Values) -> Answer:
        """What a control answers: all of it happens, or nothing, so the log is held until then."""
        held = self._hub.engine.platform.log.held
        with held():
            begun = control(self._hub_for(scope), values)
        if isinstance(begun, Answer):
            return begun
        # One after the other: each would find changed what it has looked at, and begin again.
        async with self._turn:
            return await driven(begun, held)

    def _hub_for(self, scope: Scope) -> Hub:
        """The hub with the address that this client knows the sandbox by, for links in answers."""
        front, host = front_of(scope), host_of(scope[HEADERS])
        if not front.address and not host:
            return self._hub
        return replace(
            self._hub, base_url=front.address or f"{scope['scheme']}://{host}{front.prefix}"
        )
