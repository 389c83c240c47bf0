"""Parcels that come back: what UPS must be told about them, and what it does not take with them (field guide ups.md §4.9)."""

from typing import Final

from cartcarrier.carriers.ups.mapping.customs import to_description
from cartcarrier.carriers.ups.mapping.services import ups_options
from cartcarrier.carriers.ups.mapping.text import LINE, limited, plain, wrapped
from cartcarrier.carriers.ups.options import UPSReturn
from cartcarrier.carriers.ups.schemas._base import Coded
from cartcarrier.carriers.ups.schemas.shipping import LabelDelivery, LabelEmail
from cartcarrier.errors import InvalidValueError
from cartcarrier.models import Parcel, ShipmentRequest

EMAIL: Final = 50


def to_return_service(request: ShipmentRequest) -> Coded | None:
    """Return that it is a return, and how the customer gets the label; the element's presence makes it one."""
    return Coded(code=ups_options(request).return_service.value) if request.is_return else None


def to_label_delivery(request: ShipmentRequest) -> LabelDelivery | None:
    """Return where the label goes. An e-mailed label without it fails (field guide ups.md §11, pitfall 23).

    Raises:
        InvalidValueError: It is to be e-mailed, and nobody's address is known.
    """
    if not request.is_return:
        return None
    extra = ups_options(request)
    if extra.return_links:
        return LabelDelivery(label_links_indicator="")
    if extra.return_service is not UPSReturn.EMAIL_LABEL:
        return None
    field = "UPSOptions.return_email" if extra.return_email else "ShipmentRequest.ship_from.email"
    email = (extra.return_email or request.ship_from.email or "").strip()
    if not email or len(email) > EMAIL or not email.isascii():
        msg = f"{field} must be an e-mail address of up to {EMAIL} characters, for the label"
        raise InvalidValueError(msg, field=field)
    return LabelDelivery(email=LabelEmail(email=email))


def to_contents(request: ShipmentRequest, parcel: Parcel, path: str) -> str | None:
    """Return what is in a package that comes back; UPS demands it of returns.

    It is a summary: titles that are too long together give way to the first one, and that to its first words.

    Args:
        request: What is shipped.
        parcel: One of its parcels.
        path: Of the parcel.

    Raises:
        InvalidValueError: There is nothing to make it of.
    """
    if not request.is_return:
        return None
    extra = ups_options(request)
    if extra.description:
        return limited(extra.description, LINE, "UPSOptions.description", transliterate=extra.transliterate)
    titles = dict.fromkeys(
        plain(item.title, f"{path}.items[{place}].title", transliterate=extra.transliterate)
        for place, item in enumerate(parcel.items)
    )
    whole = "; ".join(titles) or to_description(request)
    if len(whole) <= LINE:
        return whole
    first = wrapped(next(iter(titles), whole), LINE)
    return first[0] if first else whole[:LINE]
