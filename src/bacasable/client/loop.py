"""An event loop in a thread of its own: whatever enters the engine of a sandbox runs there.

The engine is synchronous and must never be entered from two threads, while tests call from
anywhere: from the main thread, from a pool, from inside another event loop.
"""

import asyncio
import threading
from collections.abc import Coroutine
from concurrent.futures import CancelledError, Future
from typing import Any, TypeVar

T = TypeVar("T")


class LoopStopped(Exception):
    """Nothing can run on the loop any more."""


class LoopThread:
    """One event loop in one daemon thread, from construction until `stop`."""

    def __init__(self, name: str) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name=name, daemon=True)
        self._thread.start()
        self._stopped = False
        self._lock = threading.Lock()

    def run(self, work: Coroutine[Any, Any, T], patience: float | None = None) -> T:
        """Run a coroutine there and wait for it, `patience` seconds at most (then TimeoutError).

        Raises LoopStopped, and CancelledError when the loop is stopped meanwhile.
        """
        future = self._begin(work)
        try:
            return future.result(patience)
        except BaseException:
            future.cancel()
            raise

    async def join(self, work: Coroutine[Any, Any, T], patience: float | None = None) -> T:
        """The same from inside another event loop, which goes on meanwhile."""
        future = self._begin(work)
        try:
            return await asyncio.wait_for(asyncio.wrap_future(future), patience)
        except asyncio.CancelledError:
            caller = asyncio.current_task()
            if future.cancelled() and caller is not None and not caller.cancelling():
                raise CancelledError from None  # the loop has stopped; nobody cancels the caller
            raise

    def stop(self) -> None:
        """Cancel what still runs there, end the thread, close the loop. Once is enough."""
        with self._lock:
            if self._stopped:
                return
            self._stopped = True
            rest = asyncio.run_coroutine_threadsafe(_cancel_the_rest(), self._loop)
        rest.result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _begin(self, work: Coroutine[Any, Any, T]) -> Future[T]:
        # Locked: what is begun before the stop is cancelled by it, and nothing is begun after it.
        with self._lock:
            if not self._stopped:
                return asyncio.run_coroutine_threadsafe(work, self._loop)
        work.close()
        raise LoopStopped


async def _cancel_the_rest() -> None:
    rest = asyncio.all_tasks() - {asyncio.current_task()}
    for task in rest:
        task.cancel()
    await asyncio.gather(*rest, return_exceptions=True)
