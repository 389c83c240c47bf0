"""Track Alert, v2: subscriptions, and what is pushed (field guide ups.md §7.6)."""

from cartcarrier.carriers.ups.schemas.tracking import Lower


class SubscriptionRequest(Lower, frozen=True, kw_only=True):
    """Which parcels, up to 100."""

    locale: str
    country_code: str
    tracking_number_list: list[str]


class SubscriptionAnswer(Lower, frozen=True, kw_only=True):
    """Which of them are followed; a part may be refused beside a 200."""

    valid_tracking_numbers: list[str] | None = None
    invalid_tracking_numbers: list[str] | None = None


class AlertPlace(Lower, frozen=True, kw_only=True):
    """Where."""

    city: str | None = None
    state_province: str | None = None
    postal_code: str | None = None
    country: str | None = None


class AlertStatus(Lower, frozen=True, kw_only=True):
    """What happened. ``descriptionCode`` is Track's ``statusCode``; it is in UPS's examples and not in its schema."""

    type: str | None = None
    code: str | None = None
    description: str | None = None
    description_code: str | int | None = None


class TrackingAlert(Lower, frozen=True, kw_only=True):
    """One push. What is not known comes as an empty text."""

    tracking_number: str
    local_activity_date: str | None = None
    local_activity_time: str | None = None
    activity_location: AlertPlace | None = None
    activity_status: AlertStatus
    scheduled_delivery_date: str | None = None
    actual_delivery_date: str | None = None
    actual_delivery_time: str | None = None
    gmt_activity_date: str | None = None
    gmt_activity_time: str | None = None
    gmt_offset: str | None = None
    received_by: str | None = None
