"""What a page must never do: log an error, raise one, ask another host."""

from playwright.sync_api import BrowserContext, ConsoleMessage, Request, WebError

LOUD = ("error", "warning", "assert")
LOCAL = ("data:", "blob:", "file:")


class Watch:
    """Notes the faults of every page of the contexts it is over, as sentences.

    What the browser itself says about an answer of the API that refuses is no fault of a page.
    """

    def __init__(self, origin: str) -> None:
        self.faults: list[str] = []
        self._api = f"{origin}/api/"
        self._allowed = [f"{origin}/", *LOCAL]

    def over(self, context: BrowserContext) -> None:
        """Watch the pages of a context."""
        context.on("console", self._hear)
        context.on("weberror", self._note)
        context.on("request", self._see)

    def allow(self, address: str) -> None:
        """Let pages ask for addresses that begin so."""
        self._allowed.append(address)

    def forgive(self, part: str) -> None:
        """Forget the faults that contain a text: a test has provoked them."""
        self.faults = [fault for fault in self.faults if part not in fault]

    def _hear(self, message: ConsoleMessage) -> None:
        refused = message.location["url"].startswith(self._api)
        if message.type in LOUD and not (refused and "Failed to load" in message.text):
            self.faults.append(f"console: {message.text} ({message.location['url']})")

    def _note(self, error: WebError) -> None:
        self.faults.append(f"error: {error.error}")

    def _see(self, request: Request) -> None:
        if not request.url.startswith(tuple(self._allowed)):
            self.faults.append(f"another host: {request.url}")
