"""Tracking in both versions, and what is pushed. The two name the same things differently; each field is read where it is."""

import msgspec

from cartcarrier.carriers.usps.schemas._base import Schema


class TrackItem(Schema, frozen=True, kw_only=True):
    """One parcel that is asked about."""

    tracking_number: str
    mailing_date: str | None = None
    destination_zip_code: str | None = msgspec.field(default=None, name="destinationZIPCode")


class TrackEvent(Schema, frozen=True, kw_only=True):
    """One scan. ``eventTimestamp`` is the place's own clock whatever stands after it (field guide usps.md §7.3)."""

    event_type: str | None = None
    event_code: str | None = None
    event_timestamp: str | None = None
    gmt_timestamp: str | None = msgspec.field(default=None, name="GMTTimestamp")
    gmt_offset: str | None = msgspec.field(default=None, name="GMTOffset")
    event_city: str | None = None
    event_state: str | None = None
    event_zip: str | None = msgspec.field(default=None, name="eventZIP")
    event_zip_code: str | None = msgspec.field(default=None, name="eventZIPCode")
    event_country: str | None = None
    name: str | None = None
    recipient_name: str | None = None


class Expectation(Schema, frozen=True, kw_only=True):
    """When it should arrive, in v3r2."""

    expected_delivery_date: str | None = None
    guaranteed_delivery_date: str | None = None
    predicted_delivery_date: str | None = None


class ErrorSource(Schema, frozen=True, kw_only=True):
    """What an error is about."""

    parameter: str | None = None


class ErrorItem(Schema, frozen=True, kw_only=True):
    """One error. ``source`` comes as an object or as a text."""

    status: str | int | None = None
    code: str | int | None = None
    title: str | None = None
    detail: str | None = None
    source: ErrorSource | str | None = None


class ErrorHead(Schema, frozen=True, kw_only=True):
    """What went wrong."""

    code: str | int | None = None
    message: str | None = None
    errors: list[ErrorItem] | None = None


class TrackDetail(Schema, frozen=True, kw_only=True):
    """One parcel, or why it could not be followed."""

    tracking_number: str | None = None
    status: str | None = None
    status_category: str | None = None
    status_summary: str | None = None
    mail_class: str | None = None
    mail_class_code: str | None = None
    access_control: str | None = None
    expectation: Expectation | None = msgspec.field(default=None, name="deliveryDateExpectation")
    expected_delivery_time_stamp: str | None = None
    guaranteed_delivery_time_stamp: str | None = None
    predicted_delivery_date: str | None = None
    tracking_events: list[TrackEvent] | None = None
    error: ErrorHead | None = None
    status_code: str | int | None = None


class Push(Schema, frozen=True, kw_only=True):
    """A push: ``payload`` is JSON in a text (field guide usps.md §7.5)."""

    subscription_id: str | None = None
    timestamp: str | int
    payload: str


class AdminNotification(Schema, frozen=True, kw_only=True):
    """Whom USPS writes to."""

    email: str


class SubscriptionFilter(Schema, frozen=True, kw_only=True):
    """What is pushed."""

    mid: str | None = msgspec.field(default=None, name="MID")
    tracking_number: str | None = None
    tracking_event_types: list[str] | None = None


class SubscriptionRequest(Schema, frozen=True, kw_only=True):
    """Ask for pushes, of a Mailer ID or of one parcel. USPS publishes no description (field guide usps.md §7.5)."""

    listener_url: str = msgspec.field(name="listenerURL")
    secret: str
    admin_notification: list[AdminNotification]
    filter_properties: SubscriptionFilter | None = None
    tracking_number: str | None = None


class Subscription(Schema, frozen=True, kw_only=True):
    """What was subscribed to."""

    subscription_id: str
    listener_url: str | None = msgspec.field(default=None, name="listenerURL")
    status: str | None = None
    filter_properties: SubscriptionFilter | None = None
    tracking_number: str | None = None


class Subscriptions(Schema, frozen=True, kw_only=True):
    """All of a Mailer ID's."""

    subscriptions: list[Subscription]
