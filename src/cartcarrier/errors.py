"""Every error that leaves cartcarrier.

::

    CartCarrierError
    ├── ConfigurationError                nothing was sent: fix the set-up
    │   ├── DriverNotFoundError           no driver of that name is installed
    │   └── DriverLoadError               it is installed, but cannot be imported, or its name is taken twice
    ├── InvalidValueError                 also a ValueError: a model cannot hold that; names the field
    ├── UnsupportedOperationError         no such ability, or it cannot be said to this platform
    ├── OrderChangedError                 the order is not what it was when it was read: look again, then decide
    ├── RateExpiredError                  the price is no longer promised: quote again
    ├── IdempotencyConflictError          this key was used before, for something else
    ├── PurchaseUncertainError            money may have been spent: look it up or resolve it, never repeat it
    ├── LedgerError                       the ledger could not be read or written; nothing was sent after that
    └── OperationError                    a call to a platform failed: provider, account, operation, outcome_unknown
        ├── TransportError                no answer came
        └── ProviderError                 an answer came: code, request_id, http_status
            ├── AuthenticationError       the credentials are not accepted
            ├── PermissionDeniedError     accepted, but not for this
            ├── NotFoundError
            ├── ConflictError             it collides with what was done before
            ├── RejectedError             refused for its content: problems, each with a field path
            │   ├── AddressRejectedError
            │   ├── ServiceUnavailableForLaneError
            │   └── InsufficientFundsError
            ├── RateLimitError            too many calls: retry_after
            ├── UnavailableError          5xx, maintenance
            └── ResponseError             the answer could not be read

Messages name who refused what and what to do. They carry no secret and no personal data.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Self

import attrs
from typing_extensions import override

__all__ = [
    "AddressRejectedError",
    "AuthenticationError",
    "CartCarrierError",
    "ConfigurationError",
    "ConflictError",
    "DriverLoadError",
    "DriverNotFoundError",
    "IdempotencyConflictError",
    "InsufficientFundsError",
    "InvalidValueError",
    "LedgerError",
    "NotFoundError",
    "OperationError",
    "OrderChangedError",
    "PermissionDeniedError",
    "Problem",
    "ProviderError",
    "PurchaseUncertainError",
    "RateExpiredError",
    "RateLimitError",
    "RejectedError",
    "ResponseError",
    "ServiceUnavailableForLaneError",
    "TransportError",
    "UnavailableError",
    "UnsupportedOperationError",
]


_LONGEST_CODE = 64


def short_code(code: str | None) -> str | None:
    """Return a platform's code, cut to 64 characters: what a platform sends as a code may be anything."""
    return code if code is None or len(code) <= _LONGEST_CODE else code[: _LONGEST_CODE - 1] + "…"


@attrs.frozen(kw_only=True)
class Problem:
    """One thing a platform did not like.

    Attributes:
        message: What is wrong, without personal data.
        code: The platform's own code, where it gives one, cut to 64 characters.
        field: Path of the refused field in the platform's names, for example ``Shipment.Package[0].PackageWeight``.
    """

    message: str
    code: str | None = attrs.field(default=None, converter=short_code)
    field: str | None = None


class CartCarrierError(Exception):
    """Base of every error of this library.

    Args:
        message: Who refused what, and what to do about it.
    """

    def __init__(self, message: str, **facts: Any) -> None:  # noqa: ANN401 - subclasses name and type their facts
        super().__init__(message)
        self.message = message
        self._facts = facts
        for name, value in facts.items():
            setattr(self, name, value)

    @override
    def __reduce__(self) -> tuple[Any, ...]:
        return (_rebuild, (type(self), self.message, self._facts), {"__notes__": list(getattr(self, "__notes__", []))})


def _rebuild(cls: type[CartCarrierError], message: str, facts: dict[str, Any]) -> CartCarrierError:
    return cls(message, **facts)


class ConfigurationError(CartCarrierError):
    """The set-up is wrong; nothing was sent.

    Attributes:
        field: The setting to mend, where one can be named.
    """

    field: str | None

    def __init__(self, message: str, *, field: str | None = None) -> None:
        super().__init__(message, field=field)


class DriverNotFoundError(ConfigurationError):
    """No driver of that name is installed; the message lists those that are."""


class DriverLoadError(ConfigurationError):
    """A driver is installed but cannot be used: its import failed, or two distributions claim its name."""


class InvalidValueError(CartCarrierError, ValueError):
    """A model cannot hold that value.

    Attributes:
        field: Path of the field, for example ``Parcel.weight``.
    """

    field: str | None

    def __init__(self, message: str, *, field: str | None = None) -> None:
        super().__init__(message, field=field)


class UnsupportedOperationError(CartCarrierError):
    """The driver has no such ability, or the platform cannot be told that accurately. Nothing was sent.

    Attributes:
        field: What cannot be said, for example ``options.alcohol``; ``None`` when the whole operation is missing.
    """

    field: str | None

    def __init__(self, message: str, *, field: str | None = None) -> None:
        super().__init__(message, field=field)


class OrderChangedError(CartCarrierError):
    """The order is not what it was when it was read. No label was bought for the old state.

    Attributes:
        changes: What differs, in words without personal data: ``("address", "quantity of line 123: 2 -> 1")``.
        label_bought: True when the change was seen only after a label had been bought; the ledger keeps that label.
    """

    changes: tuple[str, ...]
    label_bought: bool

    def __init__(self, message: str, *, changes: Sequence[str], label_bought: bool = False) -> None:
        super().__init__(message, changes=tuple(changes), label_bought=label_bought)


class RateExpiredError(CartCarrierError):
    """The price is no longer promised, or the new one is above what the caller allows: quote again."""


class IdempotencyConflictError(CartCarrierError):
    """The same key was used before for a different shipment. Use another key for another parcel."""


class PurchaseUncertainError(CartCarrierError):
    """A purchase was sent and its outcome is not known. It is recorded and must not be repeated unseen.

    Attributes:
        step: Name of the ledger step, ``channel/order/key/purchase/0``.
        reference: The reference under which the platform can be asked.
    """

    step: str
    reference: str | None

    def __init__(self, message: str, *, step: str, reference: str | None = None) -> None:
        super().__init__(message, step=step, reference=reference)


class LedgerError(CartCarrierError):
    """The ledger could not be read or written. Nothing is sent to a platform without its record."""


class OperationError(CartCarrierError):
    """A call to a platform failed.

    Attributes:
        provider: The driver's name, ``"ups"``.
        account: The account's name, ``"default"``.
        operation: What was asked, ``"ship"``.
        outcome_unknown: True when the call may have taken effect all the same; look before repeating it.
    """

    provider: str
    account: str
    operation: str
    outcome_unknown: bool

    def __init__(
        self,
        message: str,
        *,
        provider: str,
        account: str = "default",
        operation: str,
        outcome_unknown: bool = False,
        **facts: Any,  # noqa: ANN401 - typed in the subclasses
    ) -> None:
        super().__init__(
            message, provider=provider, account=account, operation=operation, outcome_unknown=outcome_unknown, **facts
        )

    def replace(self, **facts: Any) -> Self:  # noqa: ANN401 - the facts of the class
        """Return a copy of this error with some facts changed."""
        return type(self)(self.message, **{**self._facts, **facts})


class TransportError(OperationError):
    """No answer came: the connection failed, was cut, or timed out."""


class ProviderError(OperationError):
    """The platform answered, and the answer is no.

    Attributes:
        code: The platform's own code, cut to 64 characters.
        request_id: What the platform's support asks for.
        http_status: The HTTP status; 200 when the refusal came inside a success.
    """

    code: str | None
    request_id: str | None
    http_status: int | None

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        request_id: str | None = None,
        http_status: int | None = None,
        **facts: Any,  # noqa: ANN401 - typed in OperationError
    ) -> None:
        super().__init__(message, code=short_code(code), request_id=request_id, http_status=http_status, **facts)


class AuthenticationError(ProviderError):
    """The credentials are wrong, expired or revoked."""


class PermissionDeniedError(ProviderError):
    """The credentials are good, but not for this: a scope, a role or an approval is missing."""


class NotFoundError(ProviderError):
    """The platform does not know that object, or does not know it yet."""


class ConflictError(ProviderError):
    """The call collides with the object's present state: shipped already, cancelled already, taken."""


class RejectedError(ProviderError):
    """Refused for its content; sending it again unchanged is useless.

    Attributes:
        problems: Each with the platform's code and the path of the field, where it names one.
    """

    problems: tuple[Problem, ...]

    def __init__(self, message: str, *, problems: Sequence[Problem] = (), **facts: Any) -> None:  # noqa: ANN401 - typed in ProviderError
        super().__init__(message, problems=tuple(problems), **facts)


class AddressRejectedError(RejectedError):
    """The address is invalid, or not one this carrier delivers to."""


class ServiceUnavailableForLaneError(RejectedError):
    """The service does not run between these two places, or not for this parcel."""


class InsufficientFundsError(RejectedError):
    """The account that should pay cannot."""


class RateLimitError(ProviderError):
    """Too many calls. Raised by the platform, or by the limiter before sending when the wait exceeds ``max_wait``.

    Attributes:
        retry_after: How long to wait, where it is known.
    """

    retry_after: timedelta | None

    def __init__(self, message: str, *, retry_after: timedelta | None = None, **facts: Any) -> None:  # noqa: ANN401 - typed in ProviderError
        super().__init__(message, retry_after=retry_after, **facts)


class UnavailableError(ProviderError):
    """The platform is down, overloaded or under maintenance (5xx)."""


class ResponseError(ProviderError):
    """An answer came that cannot be read: an HTML page, a cut body, a shape that is not the documented one."""
