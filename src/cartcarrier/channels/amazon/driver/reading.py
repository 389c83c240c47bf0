"""Reading orders, one or a page of them, and what is remembered of them (field guide amazon.md §2.1)."""

import logging
from collections import OrderedDict
from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final

import attrs
import msgspec

from cartcarrier.channels.amazon import codes, mapping
from cartcarrier.channels.amazon.client import AmazonClient
from cartcarrier.channels.amazon.config import AmazonConfig
from cartcarrier.channels.amazon.schemas import orders as schemas
from cartcarrier.errors import InvalidValueError, NotFoundError, OperationError, PermissionDeniedError, ResponseError
from cartcarrier.http import Lane, Response, decode_error, json_decoder
from cartcarrier.models import Order, OrderQuery

_logger = logging.getLogger("cartcarrier.channels.amazon")

_MOST_FACTS: Final = 10_000
_MOST_TOUCHED: Final = 10_000
_ADDRESS_ROLE: Final = "Direct-to-Consumer Delivery (Restricted)"
_ROLES: Final = (
    f"it needs the role Inventory and Order Tracking, for addresses {_ADDRESS_ROLE}; after a role was added the seller must"
    " authorize again"
)


@attrs.frozen
class Unfinished:
    """Where a walk met the limit: its parameters, which must be repeated unchanged, and its place."""

    parameters: dict[str, object]
    at: datetime


class Memory:
    """What a driver remembers of orders: facts for confirmations, and which ones notifications named. No personal data."""

    def __init__(self) -> None:
        self.facts: OrderedDict[str, mapping.OrderFacts] = OrderedDict()
        self.touched: OrderedDict[str, None] = OrderedDict()
        self.withheld: frozenset[str] = frozenset()
        self.searched: dict[OrderQuery, datetime] = {}
        self.unfinished: dict[OrderQuery, Unfinished] = {}

    def keep_facts(self, order_id: str, facts: mapping.OrderFacts) -> None:
        """Remember what a confirmation of this order must know; the oldest is forgotten."""
        self.facts[order_id] = facts
        self.facts.move_to_end(order_id)
        while len(self.facts) > _MOST_FACTS:
            self.facts.popitem(last=False)

    def touch(self, order_id: str) -> None:
        """Remember that a notification named this order; the oldest is forgotten, for the next search finds it anyway."""
        self.touched[order_id] = None
        self.touched.move_to_end(order_id)
        while len(self.touched) > _MOST_TOUCHED:
            self.touched.popitem(last=False)


class OrderReader:
    """Reads orders of one seller.

    Args:
        client: To read with.
        config: The settings.
        memory: What is remembered.
        key: The account's key.
        keep_raw: Whether Amazon's own bytes are kept.
    """

    def __init__(self, client: AmazonClient, config: AmazonConfig, memory: Memory, *, key: str, keep_raw: bool) -> None:
        self.client = client
        self.config = config
        self.memory = memory
        self.key = key
        self.keep_raw = keep_raw

    @property
    def included(self) -> tuple[str, ...]:
        """The data to ask for, always the same: a search asks for all in one call, since calls are what is scarce."""
        wanted = [name for name in codes.INCLUDED if name != "RECIPIENT" or self.config.read_addresses]
        if self.config.countries & codes.TAX_COUNTRIES:
            wanted.append("TAX")
        return tuple(name for name in wanted if name not in self.memory.withheld)

    async def get(self, order_id: str, *, named: str, lane: Lane) -> Order:
        """Return an order.

        Raises:
            NotFoundError: Amazon does not know it.
            PermissionDeniedError: A role is missing, or an address that is due is withheld.
        """
        node, raw, response = await self.node(order_id, named=named, lane=lane)
        if self.config.read_addresses and mapping.lacks_address(node):
            raise self._withheld(response)
        verification = None
        if self.config.check_regulated and self._is_open(node):
            verification = await self._verification(order_id, named=named, lane=lane)
        try:
            return mapping.to_order(
                node, channel=self.key, now=self.client.clock.now(), verification=verification, raw=raw
            )
        except InvalidValueError as exc:
            msg = f"amazon gave the order {order_id} with what cannot be expressed: {exc.message}"
            raise ResponseError(msg, **response.facts) from exc

    async def node(self, order_id: str, *, named: str, lane: Lane) -> tuple[schemas.Order, bytes | None, Response]:
        """Return an order as Amazon has it, its bytes where they are kept, and the answer."""
        if not mapping.is_order_id(order_id):
            # Amazon would answer 403, as to any path that it does not know (§1.5).
            msg = f"amazon does not know the order of {named}: that is not the form of its ids"
            raise NotFoundError(msg, provider=self.client.driver, account=self.client.account, operation=named)
        try:
            answer, response = await self.client.get_order(order_id, self.included, named=named, lane=lane)
        except PermissionDeniedError as exc:
            if not self._may_do_without(exc):
                raise self._explained(exc) from exc
            rest = tuple(name for name in self.included if name not in codes.DISPENSABLE)
            try:
                answer, response = await self.client.get_order(order_id, rest, named=named, lane=lane)
            except PermissionDeniedError as second:
                raise self._explained(second) from exc
            self._do_without()
        node = self._decode(answer.order, response)
        if node.order_id != order_id:
            msg = f"amazon answered {named} with another order than the one that was asked for"
            raise ResponseError(msg, **response.facts)
        self._remember(node)
        return node, bytes(answer.order) if self.keep_raw else None, response

    async def search(self, parameters: dict[str, object]) -> tuple[schemas.OrderPage, Response]:
        """Return a page of orders. Data that a missing role withholds and shipping can do without is asked for no more.

        Raises:
            PermissionDeniedError: A role is missing.
        """
        try:
            return await self.client.search_orders(parameters)  # type: ignore[arg-type]  # texts and sequences of them
        except PermissionDeniedError as exc:
            if "paginationToken" in parameters or not self._may_do_without(exc):
                raise self._explained(exc) from exc
            rest = tuple(name for name in self.included if name not in codes.DISPENSABLE)
            try:
                found = await self.client.search_orders({**parameters, "includedData": rest})  # type: ignore[dict-item]  # as above
            except PermissionDeniedError as second:
                raise self._explained(second) from exc
            self._do_without()
            return found

    def read_page(
        self, page: schemas.OrderPage, response: Response
    ) -> Iterator[tuple[str, schemas.Order | None, bytes | None]]:
        """Yield the orders of a page with their ids; ``None`` for one that cannot be read: it does not take the others with it."""
        for raw in page.orders:
            try:
                node = self._decode(raw, response)
            except ResponseError:
                yield _name_of(raw), None, None
                continue
            self._remember(node)
            yield node.order_id, node, bytes(raw) if self.keep_raw else None

    def to_order(self, node: schemas.Order, raw: bytes | None) -> Order:
        """Return a listed order in our words.

        Raises:
            InvalidValueError: It has what we cannot express.
        """
        return mapping.to_order(node, channel=self.key, now=self.client.clock.now(), raw=raw)

    def _remember(self, node: schemas.Order) -> None:
        facts = mapping.order_facts(node, fallback=self.config.marketplace_ids[0])
        self.memory.keep_facts(node.order_id, facts)

    def _decode(self, raw: msgspec.Raw, response: Response) -> schemas.Order:
        try:
            return json_decoder(schemas.Order).decode(raw)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as exc:
            raise decode_error(response.request, response, exc) from None

    async def _verification(self, order_id: str, *, named: str, lane: Lane) -> str | None:
        """Return the state of a regulated order's verification; ``None`` for an order that needs none."""
        try:
            info = await self.client.regulated_info(order_id, named=named, lane=lane)
        except NotFoundError:
            return None
        status = info.regulated_order_verification_status if info is not None else None
        return status.status if status is not None else None

    def _is_open(self, node: schemas.Order) -> bool:
        return node.fulfillment is not None and node.fulfillment.fulfillment_status in codes.SHIPPABLE

    # --- missing roles ------------------------------------------------------------------------------------------------

    def _may_do_without(self, exc: PermissionDeniedError) -> bool:
        return exc.http_status == 403 and bool(codes.DISPENSABLE.intersection(self.included))

    def _do_without(self) -> None:
        lost = sorted(codes.DISPENSABLE.intersection(self.included))
        self.memory.withheld |= codes.DISPENSABLE
        _logger.warning("%s: a role is missing for %s; orders are read without", self.key, " and ".join(lost))

    def _explained(self, exc: PermissionDeniedError) -> OperationError:
        return type(exc)(f"{exc.message}; {_ROLES}", **{**_facts(exc), "code": exc.code})

    def _withheld(self, response: Response) -> PermissionDeniedError:
        return self.address_error(response.facts, "an order that is to be shipped")

    def address_error(self, facts: dict[str, Any], what: str) -> PermissionDeniedError:
        """Return the error for addresses that are withheld."""
        msg = (
            f"amazon gave no address for {what}: the application lacks the role {_ADDRESS_ROLE}, or the seller has not"
            " authorized it since; read_addresses=False reads orders without"
        )
        return PermissionDeniedError(msg, code="AddressWithheld", **facts)


def _facts(exc: PermissionDeniedError) -> dict[str, Any]:
    names = ("provider", "account", "operation", "request_id", "http_status")
    return {name: getattr(exc, name) for name in names}


def _name_of(raw: msgspec.Raw) -> str:
    try:
        name = json_decoder(schemas.OrderName).decode(raw).order_id
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        name = None
    return name if isinstance(name, str) and mapping.is_order_id(name) else "(no id)"
