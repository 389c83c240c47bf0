"""Pushes: verified by the driver, acted on here, then remembered; what comes twice is acted on once."""

import attrs

from cartcarrier.drivers import Driver, SupportsWebhooks
from cartcarrier.errors import (
    CartCarrierError,
    ConfigurationError,
    LedgerError,
    UnsupportedOperationError,
)
from cartcarrier.fulfillment._cancel import withdraw_cancelled
from cartcarrier.fulfillment._desk import Desk, log
from cartcarrier.fulfillment._follow import keep
from cartcarrier.fulfillment._fresh import record_pushed
from cartcarrier.fulfillment._settle import erase_when_settled
from cartcarrier.ledger import WorkState
from cartcarrier.models import (
    AccountRevoked,
    Event,
    OrderCancelled,
    OrderChanged,
    OrderRef,
    OrderStatus,
    PersonalDataAction,
    PersonalDataRequest,
    TrackingUpdated,
    WebhookOutcome,
    WebhookRequest,
)


async def handle_webhook(desk: Desk, account_key: str, request: WebhookRequest) -> WebhookOutcome:
    """Verify a push, act on it, and return what to answer with the events that are new.

    An event is remembered only after it was acted on: whoever dies in between acts again when it is delivered again.

    Raises:
        ConfigurationError: This Fulfiller has no such account.
        UnsupportedOperationError: Its platform does not push.
        AuthenticationError: The push is not genuine: answer 401.
        LedgerError: It could not be acted on: answer 500, so that it is delivered again.
    """
    driver = _driver(desk, account_key)
    if not isinstance(driver, SupportsWebhooks):
        msg = f"{account_key} takes no pushes"
        raise UnsupportedOperationError(msg)
    outcome = await driver.receive(request)
    new: list[Event] = []
    for event in outcome.events:
        await _act(desk, event)
        if await desk.ledger.record_event(account_key, event.id, now=desk.now()):
            new.append(event)
    return attrs.evolve(outcome, events=tuple(new))


def _driver(desk: Desk, key: str) -> Driver:
    drivers: dict[str, Driver] = {**desk.providers, **desk.carriers, **desk.channels}
    try:
        return drivers[key]
    except KeyError:
        known = ", ".join(sorted(drivers)) or "none"
        msg = f"this Fulfiller has no account {key!r}; it has: {known}"
        raise ConfigurationError(msg, field="account_key") from None


async def _act(desk: Desk, event: Event) -> None:
    """Do what an event asks for; doing it twice does no more than once."""
    match event:
        case OrderChanged(order_id=str(order_id)) | OrderCancelled(order_id=order_id):
            await _read_again(desk, OrderRef(channel=event.account, order_id=order_id))
        case TrackingUpdated():
            for row in await desk.ledger.list_parcels(tracking_number=event.tracking.tracking_number):
                if row.carrier == event.tracking.carrier:
                    await keep(desk, row, event.tracking)
        case AccountRevoked():
            log.error("%s: the seller took the authorization back; connect the account anew", event.account)
        case PersonalDataRequest(action=PersonalDataAction.ERASE | PersonalDataAction.ERASE_ACCOUNT):
            await _erase(desk, event)
        case _:
            pass  # nothing is remembered of stock and of others' fulfillments: both are read when they are needed


async def _read_again(desk: Desk, ref: OrderRef) -> None:
    """Freshen what is known of an order; when it was cancelled, give back what was bought for it and not confirmed.

    The push is a hint only: before anything is bought or confirmed the order is read in any case. So a failure is no reason
    to have it delivered again.
    """
    try:
        order = await desk.order_source(ref.channel).get_order(ref.order_id)
        await record_pushed(desk, order)
        if order.status is OrderStatus.CANCELLED:
            await withdraw_cancelled(desk, ref)
    except LedgerError:
        raise
    except CartCarrierError as exc:
        log.warning("%s was pushed but could not be dealt with now: %s", ref, type(exc).__name__)


async def _erase(desk: Desk, request: PersonalDataRequest) -> None:
    """Erase at once what is settled; what must still be shipped keeps its address until it has left."""
    refs = [OrderRef(channel=request.account, order_id=order_id) for order_id in request.order_ids]
    if not refs:
        everybody = request.action is PersonalDataAction.ERASE_ACCOUNT
        rows = await desk.ledger.list_orders(states=tuple(WorkState), channel=request.account)
        refs = [
            row.ref
            for row in rows
            if everybody
            or (
                request.customer_id is not None
                and row.order is not None
                and row.order.buyer is not None
                and row.order.buyer.id == request.customer_id
            )
        ]
    for ref in refs:
        await erase_when_settled(desk, ref)
