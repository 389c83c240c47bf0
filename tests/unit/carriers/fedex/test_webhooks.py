"""Pushes: verified first, then read (field guide fedex.md section 7.5)."""

import base64
import hashlib
import hmac
import json
from datetime import datetime
from typing import Any

import pytest

from cartcarrier.errors import AuthenticationError, ConfigurationError, ResponseError
from cartcarrier.models import TrackingStatus, TrackingUpdated, WebhookRequest
from tests.unit.carriers.fedex.samples import CARRIER, FIRST, SECOND, always, result, scan, tracked, unknown

SECRET = "secret-of-push"
MOVED = result(scan("OD", "2026-01-07T08:00:00-07:00"), scan("OC", "2026-01-05T12:00:00-06:00"), code="OD")


def signature(body: bytes, secret: str = SECRET) -> bytes:
    """Return what FedEx signs a body with."""
    return hmac.new(secret.encode(), body, hashlib.sha256).digest()


def push(
    document: object, *, header: str = "fdx-signature", form: str = "base64", secret: str = SECRET
) -> WebhookRequest:
    """Return a push."""
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    made = signature(body, secret)
    signed = base64.b64encode(made).decode() if form == "base64" else made.hex()
    return WebhookRequest(method="POST", url="https://shop.example/fedex", headers={header: signed}, body=body)


async def received(request: WebhookRequest, **settings: Any) -> list[TrackingUpdated]:
    """Return the news of a push."""
    driver = always({}, webhook_secret=SECRET, **settings)
    outcome = await driver.receive(request)
    assert (outcome.status, outcome.body) == (200, b"")
    return [event for event in outcome.events if isinstance(event, TrackingUpdated)]


@pytest.mark.parametrize(
    "document",
    [
        tracked(MOVED),
        {"completeTrackResults": [{"trackingNumber": FIRST, "trackResults": [MOVED]}]},
        {"trackingNumber": FIRST, "trackResults": [MOVED]},
        MOVED,
        [MOVED],
        {"trackingNumber": FIRST, "scanEvents": MOVED["scanEvents"]},
    ],
    ids=["as Track answers", "without its head", "one group", "one result", "a list", "bare scans"],
)
async def test_push_is_read_in_every_known_shape(document: object) -> None:
    """No description is published."""
    (event,) = await received(push(document))
    assert event.account == CARRIER
    assert event.tracking.tracking_number == FIRST
    assert event.tracking.status is TrackingStatus.OUT_FOR_DELIVERY
    assert event.occurred_at == datetime.fromisoformat("2026-01-07T08:00:00-07:00")


async def test_each_parcel_is_an_event() -> None:
    """With an id of its own, the same for every delivery of the push."""
    document = tracked(
        MOVED, result(scan("DL", "2026-01-07T09:00:00"), number=SECOND, code="DL"), unknown("794953535022")
    )
    first = await received(push(document))
    second = await received(push(document))
    assert [event.tracking.tracking_number for event in first] == [FIRST, SECOND]
    assert [event.id for event in first] == [event.id for event in second]
    assert first[0].id != first[1].id
    assert first[1].occurred_at is None


@pytest.mark.parametrize("form", ["base64", "hex"])
@pytest.mark.parametrize("header", ["fdx-signature", "FDX-Signature", "x-fdx-sc-signature"])
async def test_signature_is_accepted_in_both_forms(form: str, header: str) -> None:
    """FedEx's words speak of both (field guide fedex.md section 11, pitfall 22)."""
    assert await received(push(MOVED, header=header, form=form))


async def test_header_may_have_another_name() -> None:
    """Accounts differ."""
    assert await received(push(MOVED, header="x-signature"), webhook_header="x-signature")


async def test_signature_is_of_the_bytes_as_they_came() -> None:
    """Written anew, the body is another one."""
    odd = b'{ "trackingNumber" : "794953535000",\n "trackResults":[' + json.dumps(MOVED).encode() + b"] }"
    assert await received(push(odd))


@pytest.mark.parametrize("header", ["", "bm90IGl0", "00" * 32, "%%%", None])
async def test_forged_push_is_refused(header: str | None) -> None:
    """Whoever finds the address could otherwise say that parcels were delivered."""
    headers = {} if header is None else {"fdx-signature": header}
    request = WebhookRequest(
        method="POST", url="https://shop.example", headers=headers, body=json.dumps(MOVED).encode()
    )
    with pytest.raises(AuthenticationError):
        await received(request)


async def test_push_with_another_secret_is_refused() -> None:
    """After a change on the portal the setting must change, too."""
    with pytest.raises(AuthenticationError):
        await received(push(MOVED, secret="another"))


async def test_push_without_a_secret_cannot_be_verified() -> None:
    """It is the set-up that is wrong, not the push."""
    with pytest.raises(ConfigurationError) as caught:
        await always({}).receive(push(MOVED))
    assert caught.value.field == "webhook_secret"


@pytest.mark.parametrize(
    "body", [b"<xml/>", b"", b"{}", b"[]", b'"x"', b"[1]", b"\xff", json.dumps(tracked(unknown(FIRST))).encode()]
)
async def test_genuine_push_that_says_nothing_is_an_error(body: bytes) -> None:
    """It must be looked at, and not be taken for done."""
    with pytest.raises(ResponseError):
        await received(push(body))


async def test_bytes_are_kept_only_when_asked() -> None:
    """They are personal data."""
    request = push(MOVED)
    (event,) = await received(request)
    assert event.tracking.raw is None
    driver = always({}, webhook_secret=SECRET)
    driver.keep_raw = True
    outcome = await driver.receive(request)
    (kept,) = outcome.events
    assert isinstance(kept, TrackingUpdated)
    assert kept.tracking.raw == request.body


async def test_body_that_is_too_large_is_not_read() -> None:
    """Memory is what it is paid with; no push is that large."""
    large = push({**MOVED, "padding": "x" * 1024 * 1024})
    outcome = await always({}, webhook_secret=SECRET).receive(large)
    assert (outcome.status, outcome.events) == (413, ())
