"""The settings of one account at UPS."""

import re
from typing import Any, Final

import attrs

from cartcarrier.errors import InvalidValueError

PRODUCTION: Final = "https://onlinetools.ups.com"
SANDBOX: Final = "https://wwwcie.ups.com"
TOKEN_PATH: Final = "/security/v1/oauth/token"  # noqa: S105 - below the host, not below /api: field guide ups.md §1
MAX_RATE: Final = 1000

_ACCOUNT: Final = re.compile(r"[A-Z0-9]{6}")
# Field guide ups.md §2.1. UPS takes any other value for 01 in silence, which is another price.
_PICKUP_TYPES: Final = frozenset({"01", "03", "06", "07", "19", "20"})
_CLASSIFICATIONS: Final = frozenset({"00", "01", "04", "05", "06", "53"})


def _refuse(attribute: "attrs.Attribute[Any]", why: str) -> InvalidValueError:
    path = f"UPSConfig.{attribute.name}"
    return InvalidValueError(f"{path} {why}", field=path)


def _filled(_: object, attribute: "attrs.Attribute[Any]", value: object) -> None:
    if not isinstance(value, str) or not value.strip():
        raise _refuse(attribute, "must be a text that is not empty")


def _filled_or_none(instance: object, attribute: "attrs.Attribute[Any]", value: object) -> None:
    if value is not None:
        _filled(instance, attribute, value)


def _account(_: object, attribute: "attrs.Attribute[Any]", value: object) -> None:
    if not isinstance(value, str) or not _ACCOUNT.fullmatch(value):
        raise _refuse(attribute, "must be UPS's account number: 6 capital letters or digits")


def _flag(_: object, attribute: "attrs.Attribute[Any]", value: object) -> None:
    if not isinstance(value, bool):
        raise _refuse(attribute, f"must be true or false, not {type(value).__name__}")


def _rate(_: object, attribute: "attrs.Attribute[Any]", value: object) -> None:
    if type(value) is not int or not 1 <= value <= MAX_RATE:
        raise _refuse(attribute, f"must be a whole number from 1 to {MAX_RATE}")


def _pickup(_: object, attribute: "attrs.Attribute[Any]", value: object) -> None:
    if value not in _PICKUP_TYPES:
        raise _refuse(attribute, f"must be one of {', '.join(sorted(_PICKUP_TYPES))}")


def _classification(_: object, attribute: "attrs.Attribute[Any]", value: object) -> None:
    if value is not None and value not in _CLASSIFICATIONS:
        raise _refuse(attribute, f"must be one of {', '.join(sorted(_CLASSIFICATIONS))}, or None")


def _upper(value: object) -> object:
    return value.strip().upper() if isinstance(value, str) else value


@attrs.frozen(kw_only=True)
class UPSConfig:
    """The settings of one account at UPS.

    Attributes:
        client_id: Of the app on UPS's developer portal.
        client_secret: Its secret.
        account_number: The shipper number: 6 letters or digits. It pays.
        sandbox: Talk to UPS's test environment (CIE). Credentials are the same there; labels are marked as samples.
        webhook_credential: What UPS sends along with tracking pushes.
        calls_per_second: How many calls the account may make; UPS publishes no figure (field guide ups.md §1.2).
        pickup_type: How parcels reach UPS: 01 daily pickup, 03 customer counter, 06 one-time pickup, 07 on-call,
            19 letter center, 20 air service center. It changes prices.
        customer_classification: Which list prices are compared with, for origins in the US: 00 the account's, 01 daily,
            04 retail, 05 regional, 06 general list, 53 standard list.
    """

    client_id: str = attrs.field(validator=_filled, repr=False)
    client_secret: str = attrs.field(validator=_filled, repr=False)
    account_number: str = attrs.field(converter=_upper, validator=_account, repr=False)
    sandbox: bool = attrs.field(default=False, validator=_flag)
    webhook_credential: str | None = attrs.field(default=None, validator=_filled_or_none, repr=False)
    calls_per_second: int = attrs.field(default=10, validator=_rate)
    pickup_type: str = attrs.field(default="01", validator=_pickup)
    customer_classification: str | None = attrs.field(default=None, validator=_classification)

    @property
    def host(self) -> str:
        """The base address of the host ``api``."""
        return SANDBOX if self.sandbox else PRODUCTION
