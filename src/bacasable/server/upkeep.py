"""What a sandbox does by itself while it listens: let time act, and keep its state in a file."""

import asyncio
import gc
import logging
from time import monotonic

from ..core.waste import WASTE
from ..sandbox.estate import Estate
from ..sandbox.keeping import Keeper
from .driving import driven

logger = logging.getLogger("bacasable")
_TICK = 0.25


class Upkeep:
    """Settles all tenants every second, and saves so often that no news is older than `interval`.

    `interval` are seconds; half of them are for the writing itself.
    """

    def __init__(self, estate: Estate, keeper: Keeper | None, interval: float) -> None:
        self.estate, self._keeper, self._interval = estate, keeper, interval / 2
        self._saved = self._settled = monotonic()
        self.failed = False
        """Whether the last writing has failed."""

    async def run(self) -> None:
        """Go on until cancelled."""
        with WASTE.taken_away():
            while True:
                await asyncio.sleep(_TICK)
                await self.tick()

    async def tick(self) -> None:
        """Some time has passed."""
        # Where as many old records go as new ones come, Python counts none, and collects nothing
        # until it looks at hundreds of thousands at once.
        gc.collect(0)
        await driven(WASTE.portions())
        now = monotonic()
        if now - self._settled >= 1:
            self._settled = now
            self._settle()
        if self._keeper is not None and now - self._saved >= self._interval:
            self._saved = now
            await self._save(self._keeper)

    def _settle(self) -> None:
        try:
            self.estate.spaces()
        except Exception:
            logger.exception("what fell due could not be done")

    async def _save(self, keeper: Keeper) -> None:
        try:
            await keeper.save_aside()
        except OSError as error:
            # What was written stays in the file, and the next time is another chance.
            if not self.failed:
                logger.warning("the state cannot be saved: %s; tried again", _why(error))
            self.failed = True
        except Exception:
            logger.exception("the state could not be saved")
        else:
            if self.failed:
                logger.warning("the state is saved again")
            self.failed = False

    async def stop(self) -> None:
        """The server has answered its last call. A writing that is under way comes to its end."""
        if self._keeper is None:
            return
        self.failed = True
        await self._keeper.finish()
        try:
            self._keeper.close()
        except OSError as error:
            said = "what has changed since it was saved last is lost"
            logger.critical("the state cannot be saved: %s; %s", _why(error), said)
        except Exception:
            logger.exception("the state could not be saved")
        else:
            self.failed = False


def _why(error: OSError) -> str:
    return error.strerror or str(error)
