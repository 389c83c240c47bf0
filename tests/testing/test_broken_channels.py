"""For each rule of the suite for channels, a driver that breaks it, and is found out."""

import json
import logging
import uuid
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from datetime import UTC, datetime
from typing import Any, ClassVar

import attrs
import pytest
from typing_extensions import override

from cartcarrier.errors import (
    AuthenticationError,
    CartCarrierError,
    ConflictError,
    NotFoundError,
    OperationError,
    PermissionDeniedError,
    RateLimitError,
    RejectedError,
)
from cartcarrier.http import OAuth2Auth, Request, Response
from cartcarrier.models import (
    CancellationResult,
    CancellationStatus,
    Fulfillment,
    InventoryLevel,
    InventoryResult,
    InventoryStatus,
    Order,
    OrderQuery,
    TrackingEvent,
    WebhookOutcome,
    WebhookRequest,
)
from cartcarrier.testing import ChannelConformance, Failure, handler_transport, make_address, make_order
from tests.testing.market import MarketChannel, MarketPlatform, translate
from tests.testing.rules import broken_rule

ALL = OrderQuery()


@attrs.frozen(kw_only=True)
class LoudConfig:
    client_id: str = "market-app"
    client_secret: str = "market-not-a-real-secret"


class ShowsItsSecret(MarketChannel):
    config_class: ClassVar[type[Any]] = LoudConfig


class ClosesOnce(MarketChannel):
    closed = False

    @override
    async def aclose(self) -> None:
        if self.closed:
            raise RuntimeError("closed already")
        self.closed = True


class ClosesOnceAfterUse(MarketChannel):
    @override
    async def aclose(self) -> None:
        if self.session is not None:
            await self.session.aclose()
            del self.session._owner


class WrongKey(MarketChannel):
    @override
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.key = "market"


class SwallowsErrors(MarketChannel):
    @override
    async def get_order(self, order_id: str) -> Order:
        try:
            return await super().get_order(order_id)
        except CartCarrierError:
            return make_order(id=order_id)


class CallsEverythingRejected(MarketChannel):
    @staticmethod
    @override
    def translate(request: Request, response: Response) -> OperationError | None:
        del request
        return None if response.ok else RejectedError("no", **response.facts)


class NamesAnotherProvider(MarketChannel):
    @override
    async def get_order(self, order_id: str) -> Order:
        try:
            return await super().get_order(order_id)
        except OperationError as error:
            raise error.replace(provider="bazaar") from error


class ForgetsWhenToComeBack(MarketChannel):
    @override
    async def get_order(self, order_id: str) -> Order:
        try:
            return await super().get_order(order_id)
        except RateLimitError as error:
            raise error.replace(retry_after=None) from error


class DoubtsItsReads(MarketChannel):
    @override
    async def ask(self, operation: str, method: str, path: str, body: object = None, **facts: Any) -> Response:
        return await super().ask(operation, method, path, body, **{**facts, "safe": False})


class StaysBroken(MarketChannel):
    broken = False

    @override
    async def ask(self, operation: str, method: str, path: str, body: object = None, **facts: Any) -> Response:
        if self.broken:
            raise RuntimeError("broken")
        try:
            return await super().ask(operation, method, path, body, **facts)
        except OperationError:
            self.broken = True
            raise


class AsksForATokenEachTime(MarketChannel):
    @override
    async def ask(self, operation: str, method: str, path: str, body: object = None, **facts: Any) -> Response:
        self.session = None
        return await super().ask(operation, method, path, body, **facts)


class GreedyAuth(OAuth2Auth):
    @override
    async def refused(self, request: Request, response: Response) -> bool:
        self._token = await self._ask(self._renewal(None, request.lane))
        return True


class RenewsForEachCaller(MarketChannel):
    @override
    async def ask(self, operation: str, method: str, path: str, body: object = None, **facts: Any) -> Response:
        if self.session is None:
            await super().ask("first", "GET", "/orders", params={"start": "0", "size": "1"})
            assert self.session is not None
            auth = GreedyAuth(token_path="/token", client_id="market-app", client_secret="market-not-a-real-secret")
            auth.attach(self.session)
            self.session._auth = auth
        return await super().ask(operation, method, path, body, **facts)


class CallsRefusedCredentialsForbidden(MarketChannel):
    @override
    async def get_order(self, order_id: str) -> Order:
        try:
            return await super().get_order(order_id)
        except AuthenticationError as error:
            raise PermissionDeniedError(error.message, provider="market", operation="get_order") from error


class RepeatsWhatThePlatformSays(MarketChannel):
    @staticmethod
    @override
    def translate(request: Request, response: Response) -> OperationError | None:
        error = translate(request, response)
        if error is None and response.status == 400:
            return RejectedError(json.loads(response.content)["message"], **response.facts)
        return error


class LogsItsToken(MarketChannel):
    @override
    async def ask(self, operation: str, method: str, path: str, body: object = None, **facts: Any) -> Response:
        if self.session is not None and isinstance(self.session._auth, OAuth2Auth):
            logging.getLogger("market").debug("with %s", await self.session._auth.get_token())
            logging.getLogger("market").debug("with %s", (await self.session._auth.get_token()).access_token)
        return await super().ask(operation, method, path, body, **facts)


class BelievesEverybody(MarketChannel):
    @override
    def verify(self, request: WebhookRequest) -> None:
        """Believe it."""


class BelievesAnySignature(MarketChannel):
    @override
    def verify(self, request: WebhookRequest) -> None:
        if not request.header("x-market-signature"):
            raise AuthenticationError("not signed", provider="market", operation="receive")


class InventsEventIds(MarketChannel):
    @override
    async def receive(self, request: WebhookRequest) -> WebhookOutcome:
        outcome = await super().receive(request)
        return attrs.evolve(outcome, events=[attrs.evolve(event, id=uuid.uuid4().hex) for event in outcome.events])


class HearsNothing(MarketChannel):
    @override
    async def receive(self, request: WebhookRequest) -> WebhookOutcome:
        return attrs.evolve(await super().receive(request), events=())


class ForgetsTheAddress(MarketChannel):
    @override
    async def get_order(self, order_id: str) -> Order:
        return attrs.evolve(await super().get_order(order_id), ship_to=None)


class ShowsTheBuyer(MarketChannel):
    @override
    async def get_order(self, order_id: str) -> Order:
        order = await super().get_order(order_id)
        return attrs.evolve(order, number=f"of {make_address().name}")


class KeepsRaw(MarketChannel):
    @override
    def finish(self, order: Order, response: Response) -> Order:
        return attrs.evolve(order, raw=response.content)


class InventsOrders(MarketChannel):
    @override
    async def get_order(self, order_id: str) -> Order:
        try:
            return await super().get_order(order_id)
        except NotFoundError:
            return make_order(id=order_id)


class ReadsOnePage(MarketChannel):
    @override
    async def list_orders(self, query: OrderQuery = ALL) -> AsyncGenerator[Order, None]:
        size = query.page_size or 50
        read = 0
        async with aclosing(super().list_orders(query)) as orders:
            async for order in orders:
                read += 1
                if read > size:
                    return
                yield order


class ListsLess(MarketChannel):
    @override
    async def list_orders(self, query: OrderQuery = ALL) -> AsyncGenerator[Order, None]:
        async for order in super().list_orders(query):
            yield attrs.evolve(order, shipping_service="as listed")


class IgnoresTheQuery(MarketChannel):
    @override
    async def list_orders(self, query: OrderQuery = ALL) -> AsyncGenerator[Order, None]:
        async for order in super().list_orders(OrderQuery(page_size=query.page_size)):
            yield order


class CannotBeStopped(MarketChannel):
    @override
    async def list_orders(self, query: OrderQuery = ALL) -> AsyncGenerator[Order, None]:
        try:
            async with aclosing(super().list_orders(query)) as orders:
                async for order in orders:
                    yield order
        finally:
            await self.ask("list_orders", "GET", "/orders", params={"start": "0", "size": "50"})


class CancelsOnce(MarketChannel):
    cancelled = False

    @override
    async def cancel_order(self, order_id: str, *, reason: str | None = None) -> CancellationResult:
        if self.cancelled:
            raise ConflictError("cancelled already", provider="market", operation="cancel_order")
        self.cancelled = True
        return await super().cancel_order(order_id, reason=reason)


class CancelsAnything(MarketChannel):
    @override
    async def cancel_order(self, order_id: str, *, reason: str | None = None) -> CancellationResult:
        return CancellationResult(status=CancellationStatus.DONE)


class AnswersNobody(MarketChannel):
    @override
    async def answer_cancel_request(self, order_id: str, *, accept: bool) -> CancellationResult:
        return CancellationResult(status=CancellationStatus.DONE)


class DeclinesAll(MarketChannel):
    @override
    async def answer_cancel_request(self, order_id: str, *, accept: bool) -> CancellationResult:
        return CancellationResult(status=CancellationStatus.REFUSED)


class SetsNothing(MarketChannel):
    @override
    async def set_inventory(self, levels: Sequence[InventoryLevel]) -> Sequence[InventoryResult]:
        return [InventoryResult(sku=level.sku, status=InventoryStatus.ACCEPTED) for level in levels]


class LosesResults(MarketChannel):
    @override
    async def set_inventory(self, levels: Sequence[InventoryLevel]) -> Sequence[InventoryResult]:
        results = await super().set_inventory(levels)
        return [result for result in results if result.status is InventoryStatus.ACCEPTED]


class CountsZero(MarketChannel):
    @override
    async def get_inventory(self, skus: Sequence[str]) -> Sequence[InventoryLevel]:
        known = {level.sku: level for level in await super().get_inventory(skus)}
        return [known.get(sku, InventoryLevel(sku=sku, available=0)) for sku in skus]


class TellsOnce(MarketChannel):
    told = False

    @override
    async def post_tracking_event(self, fulfillment: Fulfillment, event: TrackingEvent) -> None:
        if self.told:
            raise ConflictError("told already", provider="market", operation="post_event")
        self.told = True


class TellsNobody(MarketChannel):
    @override
    async def post_tracking_event(self, fulfillment: Fulfillment, event: TrackingEvent) -> None:
        """Say nothing."""


class ListsNoNumbers(MarketChannel):
    @override
    async def list_fulfillments(self, order_id: str) -> Sequence[Fulfillment]:
        return [attrs.evolve(told, parcels=()) for told in await super().list_fulfillments(order_id)]


class LeavesLinesOpen(MarketChannel):
    @override
    async def get_order(self, order_id: str) -> Order:
        order = await super().get_order(order_id)
        return attrs.evolve(order, lines=[attrs.evolve(line, unfulfilled_quantity=2) for line in order.lines])


class ListsTheInvented(MarketChannel):
    @override
    async def list_fulfillments(self, order_id: str) -> Sequence[Fulfillment]:
        invented = Fulfillment(
            order_id=order_id, lines={"x": 1}, shipped_at=datetime(2026, 1, 1, tzinfo=UTC), notify_buyer=False
        )
        return [*await super().list_fulfillments(order_id), invented]


class ShipsAllAtOnce(MarketChannel):
    @override
    async def fulfill(self, fulfillment: Fulfillment) -> Fulfillment:
        order = await self.get_order(fulfillment.order_id)
        everything = {line.id: line.unfulfilled_quantity for line in order.lines}
        return await super().fulfill(attrs.evolve(fulfillment, lines=everything))


class TakesConflictsForSuccess(MarketChannel):
    @override
    async def fulfill(self, fulfillment: Fulfillment) -> Fulfillment:
        try:
            return await super().fulfill(fulfillment)
        except ConflictError:
            return fulfillment


class TakesUnknownForSuccess(MarketChannel):
    @override
    async def fulfill(self, fulfillment: Fulfillment) -> Fulfillment:
        try:
            return await super().fulfill(fulfillment)
        except NotFoundError:
            return fulfillment

    @override
    async def list_fulfillments(self, order_id: str) -> Sequence[Fulfillment]:
        try:
            return await super().list_fulfillments(order_id)
        except NotFoundError:
            return []

    @override
    async def update_tracking(self, fulfillment: Fulfillment) -> Fulfillment:
        try:
            return await super().update_tracking(fulfillment)
        except NotFoundError:
            return fulfillment


class RepeatsWrites(MarketChannel):
    @override
    async def ask(self, operation: str, method: str, path: str, body: object = None, **facts: Any) -> Response:
        return await super().ask(operation, method, path, body, **{**facts, "safe": True})


class DoubtsEverything(MarketChannel):
    @override
    async def fulfill(self, fulfillment: Fulfillment) -> Fulfillment:
        try:
            return await super().fulfill(fulfillment)
        except OperationError as error:
            raise error.replace(outcome_unknown=True) from error


class ReplacesNoNumber(MarketChannel):
    @override
    async def update_tracking(self, fulfillment: Fulfillment) -> Fulfillment:
        return fulfillment


class TakesBackOnce(MarketChannel):
    taken = False

    @override
    async def cancel_fulfillment(self, fulfillment: Fulfillment) -> None:
        if self.taken:
            raise ConflictError("taken back already", provider="market", operation="cancel_fulfillment")
        self.taken = True
        await super().cancel_fulfillment(fulfillment)


class TakesNothingBack(MarketChannel):
    @override
    async def cancel_fulfillment(self, fulfillment: Fulfillment) -> None:
        """Do nothing."""


READ = "test_failed_read_gives_the_right_error"
FORGED = "test_forged_push_is_refused"
LOST = "test_lost_fulfillment_is_uncertain_and_found"
LEAK = "test_errors_and_logs_show_no_secret_and_no_person"

BROKEN: list[tuple[str, type[MarketChannel], Mapping[str, object], str]] = [
    ("test_key_is_driver_and_account", WrongKey, {}, "market"),
    ("test_text_forms_show_no_secret", ShowsItsSecret, {}, "shows a secret"),
    ("test_closing_twice_is_harmless", ClosesOnce, {}, "closed already"),
    ("test_closing_twice_after_a_call_is_harmless", ClosesOnceAfterUse, {}, "AttributeError"),
    (READ, SwallowsErrors, {"failure": Failure.UNAVAILABLE}, "not for the caller"),
    (READ, CallsEverythingRejected, {"failure": Failure.FORBIDDEN}, "RejectedError instead of PermissionDeniedError"),
    (READ, CallsEverythingRejected, {"failure": Failure.LIMITED}, "RejectedError instead of RateLimitError"),
    (READ, NamesAnotherProvider, {"failure": Failure.HTML}, "bazaar"),
    (READ, ForgetsWhenToComeBack, {"failure": Failure.LIMITED}, "when to come back"),
    (READ, DoubtsItsReads, {"failure": Failure.LOST}, "only reads"),
    ("test_driver_works_after_a_failure", StaysBroken, {}, "broken"),
    ("test_first_calls_at_once_ask_for_one_token", AsksForATokenEachTime, {}, "asked for"),
    ("test_refused_token_is_renewed_once_for_all", RenewsForEachCaller, {}, "asked for"),
    ("test_refused_credentials_are_an_authentication_error", CallsRefusedCredentialsForbidden, {}, "PermissionDenied"),
    (LEAK, RepeatsWhatThePlatformSays, {"failure": Failure.QUOTED}, "shows personal data"),
    (LEAK, LogsItsToken, {"failure": Failure.SHAPE}, "shows a secret"),
    ("test_genuine_push_is_an_event", HearsNothing, {}, "at least one event"),
    ("test_redelivered_push_has_the_same_event_ids", InventsEventIds, {}, ""),
    (FORGED, BelievesEverybody, {"forgery": "no signature"}, "DID NOT RAISE"),
    (FORGED, BelievesEverybody, {"forgery": "empty signature"}, "DID NOT RAISE"),
    (FORGED, BelievesAnySignature, {"forgery": "wrong signature"}, "DID NOT RAISE"),
    (FORGED, BelievesAnySignature, {"forgery": "tampered body"}, "JSONDecodeError"),
    ("test_order_is_whole", ForgetsTheAddress, {}, "ship_to"),
    ("test_text_form_of_an_order_shows_no_person", ShowsTheBuyer, {}, ""),
    ("test_raw_is_off_unless_asked_for", KeepsRaw, {}, "raw"),
    ("test_unknown_order_is_not_found", InventsOrders, {}, "DID NOT RAISE"),
    ("test_listing_goes_over_all_pages", ReadsOnePage, {}, ""),
    ("test_listed_order_is_the_one_got", ListsLess, {}, ""),
    ("test_only_asked_statuses_are_listed", IgnoresTheQuery, {}, ""),
    ("test_only_what_was_touched_since_is_listed", IgnoresTheQuery, {}, ""),
    ("test_listing_can_be_stopped_at_any_time", CannotBeStopped, {}, ""),
    ("test_cancelling_twice_cancels_once", CancelsOnce, {}, "cancelled already"),
    ("test_cancelling_twice_cancels_once", CancelsAnything, {}, "status"),
    ("test_cancelling_an_unknown_order_is_not_found", CancelsAnything, {}, "DID NOT RAISE"),
    ("test_answer_to_no_request_conflicts", AnswersNobody, {}, "DID NOT RAISE"),
    ("test_request_can_be_answered", DeclinesAll, {}, ""),
    ("test_level_that_was_set_is_read", SetsNothing, {}, ""),
    ("test_every_level_has_its_result", LosesResults, {}, ""),
    ("test_stock_of_an_unknown_article_is_no_level", CountsZero, {}, ""),
    ("test_scan_told_twice_is_no_error", TellsOnce, {}, "told already"),
    ("test_scan_of_an_unknown_fulfillment_is_not_found", TellsNobody, {}, "DID NOT RAISE"),
    ("test_fulfillment_is_listed_afterwards", ListsNoNumbers, {}, ""),
    ("test_fulfilled_order_has_nothing_open", LeavesLinesOpen, {}, ""),
    ("test_order_without_fulfillments_lists_none", ListsTheInvented, {}, ""),
    ("test_part_of_an_order_can_leave", ShipsAllAtOnce, {}, "status"),
    ("test_fulfilling_again_conflicts", TakesConflictsForSuccess, {}, "DID NOT RAISE"),
    ("test_fulfilling_an_unknown_order_is_not_found", TakesUnknownForSuccess, {}, "DID NOT RAISE"),
    ("test_fulfillments_of_an_unknown_order_are_not_found", TakesUnknownForSuccess, {}, "DID NOT RAISE"),
    (LOST, RepeatsWrites, {"failure": Failure.LOST}, ""),
    (LOST, RepeatsWrites, {"failure": Failure.CUT}, "cannot know"),
    (
        "test_fulfillment_that_never_arrived_is_known_to_have_failed",
        DoubtsEverything,
        {"failure": Failure.LIMITED, "kind": RateLimitError},
        "outcome_unknown",
    ),
    ("test_number_can_be_replaced_twice", ReplacesNoNumber, {}, ""),
    ("test_taking_back_twice_takes_back_once", TakesBackOnce, {}, "taken back already"),
    ("test_taking_back_twice_takes_back_once", TakesNothingBack, {}, ""),
    ("test_mending_an_unknown_fulfillment_is_not_found", TakesUnknownForSuccess, {}, "DID NOT RAISE"),
]


@pytest.mark.parametrize(
    ("rule", "broken", "case", "said"),
    BROKEN,
    ids=[
        f"{rule.removeprefix('test_')}-{broken.__name__}-{number}" for number, (rule, broken, *_) in enumerate(BROKEN)
    ],
)
async def test_rule_finds_the_broken_channel(
    rule: str,
    broken: type[MarketChannel],
    case: Mapping[str, object],
    said: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A rule that no driver can break protects nobody."""
    platform = MarketPlatform()
    channel = broken(broken.config_class(), transport=handler_transport(platform.market), clock=platform.market.clock)
    assert said in await broken_rule(ChannelConformance, rule, channel, platform, caplog=caplog, **case)


def test_every_rule_for_channels_has_its_broken_driver() -> None:
    """A new rule comes with a driver that breaks it."""
    rules = {name for name in dir(ChannelConformance) if name.startswith("test_")}
    assert {rule for rule, *_ in BROKEN} == rules
