"""The settings of one account at FedEx."""

import re
from typing import Any, Final

import attrs

from cartcarrier.errors import InvalidValueError

# Field guide fedex.md §1; trade documents have a host of their own.
PRODUCTION: Final = "https://apis.fedex.com"
SANDBOX: Final = "https://apis-sandbox.fedex.com"
DOCUMENTS: Final = "https://documentapi.prod.fedex.com"
DOCUMENTS_SANDBOX: Final = "https://documentapitest.prod.fedex.com/sandbox"
TOKEN_PATH: Final = "/oauth/token"  # noqa: S105 - a path, not a secret

WINDOW_SECONDS: Final = 10
DEFAULT_WINDOW: Final = 1400
_SMALLEST_WINDOW: Final = 10

_ACCOUNT: Final = re.compile(r"[0-9]{9}")
_CURRENCY: Final = re.compile(r"[A-Z]{3}")
_HEADER: Final = re.compile(r"[A-Za-z0-9-]+")
_PICKUP_TYPES: Final = ("CONTACT_FEDEX_TO_SCHEDULE", "DROPOFF_AT_FEDEX_LOCATION", "USE_SCHEDULED_PICKUP")


def _refuse(attribute: "attrs.Attribute[Any]", why: str) -> InvalidValueError:
    path = f"FedExConfig.{attribute.name}"
    return InvalidValueError(f"{path} {why}", field=path)


def _filled(_: object, attribute: "attrs.Attribute[Any]", value: object) -> None:
    if not isinstance(value, str) or not value.strip():
        raise _refuse(attribute, "must be a text that is not empty")


def _filled_or_none(instance: object, attribute: "attrs.Attribute[Any]", value: object) -> None:
    if value is not None:
        _filled(instance, attribute, value)


def _account(_: object, attribute: "attrs.Attribute[Any]", value: object) -> None:
    if not isinstance(value, str) or not _ACCOUNT.fullmatch(value):
        raise _refuse(attribute, "must be FedEx's account number: 9 digits")


def _flag(_: object, attribute: "attrs.Attribute[Any]", value: object) -> None:
    if not isinstance(value, bool):
        raise _refuse(attribute, f"must be true or false, not {type(value).__name__}")


def _pickup(_: object, attribute: "attrs.Attribute[Any]", value: object) -> None:
    if value not in _PICKUP_TYPES:
        raise _refuse(attribute, f"must be one of {', '.join(_PICKUP_TYPES)}")


def _currency_or_none(_: object, attribute: "attrs.Attribute[Any]", value: object) -> None:
    if value is not None and (not isinstance(value, str) or not _CURRENCY.fullmatch(value)):
        raise _refuse(attribute, "must be a currency in three capital letters, or None")


def _header(_: object, attribute: "attrs.Attribute[Any]", value: object) -> None:
    if not isinstance(value, str) or not _HEADER.fullmatch(value):
        raise _refuse(attribute, "must be the name of a header field")


def _window(_: object, attribute: "attrs.Attribute[Any]", value: object) -> None:
    if type(value) is not int or value < _SMALLEST_WINDOW:
        raise _refuse(attribute, f"must be a whole number of at least {_SMALLEST_WINDOW}")


def _bare(value: object) -> object:
    return re.sub(r"[\s-]", "", value) if isinstance(value, str) else value


@attrs.frozen(kw_only=True)
class FedExConfig:
    """The settings of one account at FedEx.

    Attributes:
        client_id: API key of the project on FedEx's developer portal that ships and rates.
        client_secret: Its secret.
        account_number: 9 digits. It pays.
        sandbox: Talk to FedEx's test environment. It has credentials of its own, answers much from a script, and its labels are
            marked as tests.
        track_client_id: API key of the project that tracks; many accounts need one of its own (field guide fedex.md §0.5).
        track_client_secret: Its secret.
        webhook_secret: The security token that was typed on the portal for tracking pushes.
        webhook_header: The header field with a push's signature; accounts differ (field guide fedex.md §7.5).
        pickup_type: How parcels reach FedEx: ``USE_SCHEDULED_PICKUP``, ``DROPOFF_AT_FEDEX_LOCATION`` or
            ``CONTACT_FEDEX_TO_SCHEDULE``. It may change prices.
        currency: Ask for prices in this currency beside the account's own, and prefer them.
        calls_per_window: Calls that a project may make in FedEx's fixed window of ten seconds (field guide fedex.md §1.1).
    """

    client_id: str = attrs.field(validator=_filled, repr=False)
    client_secret: str = attrs.field(validator=_filled, repr=False)
    account_number: str = attrs.field(converter=_bare, validator=_account, repr=False)
    sandbox: bool = attrs.field(default=False, validator=_flag)
    track_client_id: str | None = attrs.field(default=None, validator=_filled_or_none, repr=False)
    track_client_secret: str | None = attrs.field(default=None, validator=_filled_or_none, repr=False)
    webhook_secret: str | None = attrs.field(default=None, validator=_filled_or_none, repr=False)
    webhook_header: str = attrs.field(default="fdx-signature", validator=_header)
    pickup_type: str = attrs.field(default="USE_SCHEDULED_PICKUP", validator=_pickup)
    currency: str | None = attrs.field(default=None, validator=_currency_or_none)
    calls_per_window: int = attrs.field(default=DEFAULT_WINDOW, validator=_window)

    def __attrs_post_init__(self) -> None:
        if (self.track_client_id is None) is not (self.track_client_secret is None):
            missing = "track_client_id" if self.track_client_id is None else "track_client_secret"
            path = f"FedExConfig.{missing}"
            raise InvalidValueError(f"{path} is missing: tracking's credentials come in a pair", field=path)

    @property
    def tracks_apart(self) -> bool:
        """Whether tracking has credentials of its own."""
        return self.track_client_id is not None

    @property
    def host(self) -> str:
        """The base address of the host ``api``."""
        return SANDBOX if self.sandbox else PRODUCTION

    @property
    def documents_host(self) -> str:
        """The base address of the host ``documents``."""
        return DOCUMENTS_SANDBOX if self.sandbox else DOCUMENTS
