"""How often one may call FedEx (field guide fedex.md §1.1): windows, days, and the ban of the token service."""

from collections import deque
from datetime import datetime
from typing import Final

from cartcarrier.sandbox.fedex.account import World
from cartcarrier.sandbox.fedex.errors import FORBIDDEN, TOO_MANY, FedExError

WINDOW_SECONDS: Final = 10
CALLS_PER_WINDOW: Final = 1400
CALLS_PER_DAY: Final = 500_000
TRACK_CALLS_PER_DAY: Final = 100_000
BURST: Final = (15, 5.0)  # so many token calls within so many seconds are too many: three a second
AVERAGE: Final = (120, 120.0)  # one a second
BAN_SECONDS: Final = 600


class Limits:
    """What FedEx counts. Days are kept in the store; windows and the ban are this process's.

    Args:
        world: What the platform knows.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self._windows: dict[str, tuple[int, int]] = {}
        self._tokens: dict[str, deque[float]] = {}
        self._banned_until: dict[str, float] = {}

    def take_token_call(self, address: str) -> None:
        """Count a call of the token service, from an address.

        Raises:
            FedExError: 403: too often, or within ten minutes of that.
        """
        now = self._seconds()
        seen = self._tokens.setdefault(address, deque())
        seen.append(now)
        while seen[0] <= now - AVERAGE[1]:
            seen.popleft()
        recent = sum(1 for at in seen if at > now - BURST[1])
        if recent >= BURST[0] or len(seen) >= AVERAGE[0]:
            self._banned_until[address] = now + BAN_SECONDS
            seen.clear()
        if now < self._banned_until.get(address, float("-inf")):
            message = "Too many token requests from this address; please try again in 10 minutes."
            raise FedExError(FORBIDDEN, message, 403)

    def take_call(self, project: str, capability: str) -> None:
        """Count a call of a project.

        Raises:
            FedExError: 429: the window is full, or the day's quota of the organization or of tracking.
        """
        window = int(self._seconds() // WINDOW_SECONDS)
        last, used = self._windows.get(project, (window, 0))
        used = used + 1 if last == window else 1
        self._windows[project] = (window, used)
        if used > CALLS_PER_WINDOW:
            raise FedExError(TOO_MANY, status=429)
        self.use_day("organization", 1)
        if capability == "track":
            self.use_day("track", 1)

    def use_day(self, quota: str, calls: int) -> None:
        """Count calls of a day, which ends at midnight GMT.

        Raises:
            FedExError: 429: the day's quota is used up.
        """
        today = self._world.now().date().isoformat()
        row = self._world.store.get("quotas", quota) or {}
        used = (row.get("used", 0) if row.get("day") == today else 0) + calls
        self._world.store.put("quotas", quota, {"day": today, "used": used})
        if used > (TRACK_CALLS_PER_DAY if quota == "track" else CALLS_PER_DAY):
            message = "The daily quota is used up; it begins anew at midnight GMT."
            raise FedExError(TOO_MANY, message, 429)

    def _seconds(self) -> float:
        now: datetime = self._world.now()
        return now.timestamp()
