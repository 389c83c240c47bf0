"""Daily quotas: a count for each resource and all sellers together, until midnight Pacific (field guide ebay.md §3.4)."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from cartcarrier.errors import InvalidValueError
from cartcarrier.sandbox.ebay._routes import GRANT_QUOTAS, QUOTAS
from cartcarrier.sandbox.ebay._world import Document, World, to_stamp

PACIFIC = ZoneInfo("America/Los_Angeles")
DAY_SECONDS = 86_400
RAISED = 1_000
REVISIONS_A_DAY = 250


class Quotas:
    """What is used up today.

    Args:
        world: The memory.
        limits: Whether the real numbers are in force; otherwise they are a thousand times as high.
    """

    def __init__(self, world: World, *, limits: bool) -> None:
        self._world = world
        self._factor = 1 if limits else RAISED

    def limit(self, resource: str) -> int:
        """Return how many calls a day a resource allows.

        Raises:
            InvalidValueError: There is no such resource.
        """
        if resource in QUOTAS:
            return QUOTAS[resource][3] * self._factor
        if resource.startswith("token.") and resource[6:] in GRANT_QUOTAS:
            return GRANT_QUOTAS[resource[6:]] * self._factor
        raise InvalidValueError(
            f"no quota {resource}; there are {', '.join((*QUOTAS, *(f'token.{name}' for name in GRANT_QUOTAS)))}",
            field="resource",
        )

    def used(self, resource: str) -> int:
        """Return how many calls were made since midnight."""
        row = self._world.get("quota", resource)
        return int(row["used"]) if row is not None and row["day"] == self._day() else 0

    def take(self, resource: str) -> bool:
        """Take one call, and say whether there was one left."""
        used = self.used(resource)
        if used >= self.limit(resource):
            return False
        self._world.put("quota", resource, {"day": self._day(), "used": used + 1})
        return True

    def leave(self, resource: str, remaining: int) -> None:
        """Let other users of the keyset have used all but so many calls.

        Raises:
            InvalidValueError: There is no such resource, or not that many calls.
        """
        limit = self.limit(resource)
        if not 0 <= remaining <= limit:
            raise InvalidValueError(f"{resource} has {limit} calls a day, not {remaining}", field="remaining")
        self._world.put("quota", resource, {"day": self._day(), "used": limit - remaining})

    def revise(self, listing: str) -> bool:
        """Take one of a listing's revisions of the day, and say whether there was one left."""
        row = self._world.get("revision", listing)
        used = int(row["used"]) if row is not None and row["day"] == self._day() else 0
        if used >= REVISIONS_A_DAY * self._factor:
            return False
        self._world.put("revision", listing, {"day": self._day(), "used": used + 1})
        return True

    def reset(self) -> datetime:
        """Return when everything starts anew: the next midnight in Los Angeles."""
        tomorrow = self._world.now().astimezone(PACIFIC).date() + timedelta(days=1)
        return datetime.combine(tomorrow, time(), PACIFIC).astimezone(UTC)

    def state(self) -> dict[str, Document]:
        """Return every resource's numbers."""
        names = (*QUOTAS, *(f"token.{name}" for name in GRANT_QUOTAS))
        reset = to_stamp(self.reset())
        return {
            name: {
                "limit": self.limit(name),
                "used": self.used(name),
                "remaining": self.limit(name) - self.used(name),
                "reset": reset,
            }
            for name in names
        }

    def answer(self, context: str | None, api: str | None) -> Document | None:
        """Answer ``getRateLimits``: the resources of that context and API, or ``None`` when there are none."""
        state = self.state()
        groups: dict[tuple[str, str, str], list[Document]] = {}
        for name, (its_context, its_api, version, _) in QUOTAS.items():
            if (context or its_context).lower() != its_context or (api or its_api).lower() != its_api.lower():
                continue
            rate = {
                "count": state[name]["used"],
                "limit": state[name]["limit"],
                "remaining": state[name]["remaining"],
                "reset": state[name]["reset"],
                "timeWindow": DAY_SECONDS,
            }
            groups.setdefault((its_context, its_api, version), []).append({"name": name, "rates": [rate]})
        if not groups:
            return None
        return {
            "rateLimits": [
                {"apiContext": context, "apiName": api, "apiVersion": version, "resources": resources}
                for (context, api, version), resources in groups.items()
            ]
        }

    def _day(self) -> str:
        return self._world.now().astimezone(PACIFIC).date().isoformat()
