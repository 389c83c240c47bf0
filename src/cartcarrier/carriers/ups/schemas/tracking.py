"""Tracking, v1."""

import msgspec


class Lower(msgspec.Struct, rename="camel", frozen=True, gc=False, kw_only=True):
    """One object of this interface, whose names begin small."""


class Status(Lower, frozen=True, kw_only=True):
    """Where the package stands, or what an event says."""

    type: str | None = None
    code: str | None = None
    status_code: str | None = None
    description: str | None = None
    simplified_text_description: str | None = None


class PlaceAddress(Lower, frozen=True, kw_only=True):
    """Where."""

    city: str | None = None
    state_province: str | None = None
    postal_code: str | None = None
    country_code: str | None = None
    country: str | None = None


class Place(Lower, frozen=True, kw_only=True):
    """Where a scan was made."""

    address: PlaceAddress | None = None


class Activity(Lower, frozen=True, kw_only=True):
    """An event. ``date`` and ``time`` are the place's own; the other three may be missing (field guide ups.md §7.3)."""

    date: str | None = None
    time: str | None = None
    gmt_date: str | None = None
    gmt_time: str | None = None
    gmt_offset: str | None = None
    location: Place | None = None
    status: Status | None = None


class DeliveryDate(Lower, frozen=True, kw_only=True):
    """SDD scheduled, RDD rescheduled, DEL delivered."""

    type: str | None = None
    date: str | None = None


class Proof(Lower, frozen=True, kw_only=True):
    """The letter that proves a delivery, base64."""

    content: str | None = None


class Signature(Lower, frozen=True, kw_only=True):
    """The signature, a picture in base64."""

    image: str | None = None


class DeliveryInformation(Lower, frozen=True, kw_only=True):
    """Who took it. Letter and signature are for callers who have a right to the package (field guide ups.md §7.5)."""

    received_by: str | None = None
    signature: Signature | None = None
    pod: Proof | None = None


class AlternateNumber(Lower, frozen=True, kw_only=True):
    """Another number of the same package."""

    number: str | None = None
    type: str | None = None


class TrackService(Lower, frozen=True, kw_only=True):
    """The service; not in Rating's codes."""

    code: str | None = None
    description: str | None = None
    level_code: str | None = None


class TrackPackage(Lower, frozen=True, kw_only=True):
    """A package."""

    tracking_number: str | None = None
    alternate_tracking_number: list[AlternateNumber] | AlternateNumber | None = None
    activity: list[Activity] | Activity | None = None
    current_status: Status | None = None
    delivery_date: list[DeliveryDate] | DeliveryDate | None = None
    delivery_information: DeliveryInformation | None = None
    service: TrackService | None = None


class TrackWarning(Lower, frozen=True, kw_only=True):
    """Why there is nothing."""

    code: str | None = None
    message: str | None = None


class TrackShipment(Lower, frozen=True, kw_only=True):
    """A shipment; without packages when nothing was found."""

    inquiry_number: str | None = None
    package: list[TrackPackage] | TrackPackage | None = None
    warnings: list[TrackWarning] | TrackWarning | None = None


class TrackResponse(Lower, frozen=True, kw_only=True):
    """The answer."""

    shipment: list[TrackShipment] | TrackShipment | None = None


class TrackResponseEnvelope(Lower, frozen=True, kw_only=True):
    """The answer, as it comes."""

    track_response: TrackResponse
