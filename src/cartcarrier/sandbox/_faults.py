"""Orders to fail: what goes wrong, with which operation, how often. The simulator's front door carries them out."""

import threading
from enum import StrEnum
from typing import Any

import attrs

from cartcarrier.errors import InvalidValueError


class FaultKind(StrEnum):
    """What goes wrong.

    Attributes:
        DROP_BEFORE: The connection is lost before the platform did anything.
        DROP_AFTER: The platform did it, the answer is lost.
        STATUS: The platform answers with that status, in its own words, and does nothing.
        STATUS_AFTER: The platform does it, and answers with that status all the same.
        DELAY: The platform does it, after so many seconds of the shared clock.
        HTML: An edge server answers with a page of HTML; the platform never heard of it.
        TRUNCATE: The platform does it; half of the answer's body arrives.
    """

    DROP_BEFORE = "drop_before"
    DROP_AFTER = "drop_after"
    STATUS = "status"
    STATUS_AFTER = "status_after"
    DELAY = "delay"
    HTML = "html"
    TRUNCATE = "truncate"


def _to_kind(value: str) -> FaultKind:
    try:
        return FaultKind(value)
    except ValueError as exc:
        raise InvalidValueError(
            f"no such fault: {value}; there are {', '.join(FaultKind)}", field="Fault.kind"
        ) from exc


def _not_negative(_: object, attribute: "attrs.Attribute[Any]", value: float) -> None:
    if value < 0:
        raise InvalidValueError(f"Fault.{attribute.name} cannot be negative", field=f"Fault.{attribute.name}")


@attrs.frozen(kw_only=True)
class Fault:
    """One order to fail.

    Attributes:
        operation: The simulator's own name of the operation (``ship``, ``fulfillmentCreate``), or ``*`` for any.
        kind: What goes wrong.
        times: How often, counted from the first call that is not skipped.
        skip: How many calls of that operation pass unharmed first.
        status: For ``STATUS``, ``STATUS_AFTER`` and ``HTML``: the HTTP status.
        seconds: For ``DELAY``: how long, by the simulator's clock.
    """

    operation: str
    kind: FaultKind = attrs.field(converter=_to_kind)
    times: int = attrs.field(default=1, validator=_not_negative)
    skip: int = attrs.field(default=0, validator=_not_negative)
    status: int = 503
    seconds: float = attrs.field(default=0, validator=_not_negative)


class Faults:
    """The plan of what goes wrong. Orders are tried oldest first; each call meets at most one."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._plan: list[Fault] = []

    def add(self, fault: Fault) -> None:
        """Put an order at the end of the plan."""
        with self._lock:
            self._plan.append(fault)

    def clear(self) -> None:
        """Let everything go well from now on."""
        with self._lock:
            self._plan.clear()

    def pending(self) -> tuple[Fault, ...]:
        """Return the orders that are not carried out yet, with what is left of ``skip`` and ``times``."""
        with self._lock:
            return tuple(self._plan)

    def take(self, operation: str) -> Fault | None:
        """Return what shall go wrong with this call, and cross it off."""
        with self._lock:
            for index, fault in enumerate(self._plan):
                if fault.operation not in {operation, "*"} or fault.times == 0:
                    continue
                if fault.skip:
                    self._plan[index] = attrs.evolve(fault, skip=fault.skip - 1)
                    continue
                if fault.times > 1:
                    self._plan[index] = attrs.evolve(fault, times=fault.times - 1)
                else:
                    del self._plan[index]
                return fault
        return None
