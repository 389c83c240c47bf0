"""What happens to orders, and which version of them lists show. Facts: field guide ebay.md §4, §5."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import timedelta
from decimal import Decimal

from cartcarrier.sandbox.ebay._shape import ADDRESS_MEMBERS, cents, make_order
from cartcarrier.sandbox.ebay._world import Document, Json, World, copy, from_stamp, to_stamp


def shipped(order: Mapping[str, Json]) -> Counter[str]:
    """Return how many units of each line have left."""
    gone: Counter[str] = Counter()
    for fulfillment in order["fulfillments"]:
        for part in fulfillment["lines"]:
            gone[part["id"]] += part["quantity"]
    return gone


def line_status(line: Mapping[str, Json], gone: Mapping[str, int]) -> str:
    """Return a line's ``lineItemFulfillmentStatus``."""
    if gone.get(line["id"], 0) >= line["quantity"]:
        return "FULFILLED"
    return "IN_PROGRESS" if gone.get(line["id"], 0) else "NOT_STARTED"


def order_status(order: Mapping[str, Json]) -> str:
    """Return an order's ``orderFulfillmentStatus``."""
    gone = shipped(order)
    states = {line_status(line, gone) for line in order["lines"]}
    return states.pop() if len(states) == 1 else "IN_PROGRESS"


def collected_tax(order: Mapping[str, Json]) -> Decimal:
    """Return the tax that eBay collects and remits."""
    return sum((Decimal(line["tax"]) for line in order["lines"] if line["collected"]), Decimal(0))


def total(order: Mapping[str, Json], *, with_collected: bool) -> Decimal:
    """Return what the buyer pays, with or without the tax that eBay collects and remits."""
    amount = Decimal(order["delivery_cost"]) - Decimal(order["delivery_discount"])
    for line in order["lines"]:
        amount += Decimal(line["cost"]) - Decimal(line["discount"])
        amount += Decimal(line["tax"]) if with_collected or not line["collected"] else 0
    return amount


def refunded(order: Mapping[str, Json]) -> Decimal:
    """Return what has been or is being given back, without the tax that eBay collected."""
    return sum((Decimal(refund["amount"]) for refund in order["refunds"] if refund["status"] != "FAILED"), Decimal(0))


def payment_state(order: Mapping[str, Json]) -> str:
    """Return an order's ``orderPaymentStatus``: a refund shows once it is done."""
    done = sum((Decimal(row["amount"]) for row in order["refunds"] if row["status"] == "REFUNDED"), Decimal(0))
    if not done:
        return str(order["payment_status"])
    return "FULLY_REFUNDED" if done >= total(order, with_collected=False) else "PARTIALLY_REFUNDED"


class Orders:
    """The orders of every seller.

    Args:
        world: The memory.
    """

    def __init__(self, world: World) -> None:
        self._world = world

    def place(self, *, seller: Document, settled: bool = True, **shape: Json) -> Document:
        """Keep a new order, and return it.

        Args:
            seller: Whose it is.
            settled: Whether lists know it at once; otherwise after the lag of lists.
            shape: See ``make_order``.

        Raises:
            ValueError: It cannot be like that.
        """
        order = make_order(self._world, seller=seller, **shape)
        return self.save(order, touch=False, at_once=settled)

    def get(self, order_id: str, seller: str | None = None) -> Document | None:
        """Return an order to look at; with a seller, only if it is theirs."""
        order = self._world.get("order", order_id)
        return order if order is not None and seller in {None, order["seller"]} else None

    def edit(self, order_id: str) -> Document:
        """Return an order to change: a copy, until it is saved."""
        return self._world.edit("order", order_id)

    def all(self) -> list[Document]:
        """Return every order, oldest first."""
        return self._world.rows("order")

    def save(self, order: Document, *, touch: bool = True, at_once: bool = False) -> Document:
        """Keep a new or changed order.

        Args:
            order: The changed copy.
            touch: Whether this moves ``lastModifiedDate``.
            at_once: Whether lists show it now; otherwise they go on showing the version before for their lag.
        """
        now = self._world.stamp()
        before = self._world.get("order", order["id"])
        if touch:
            order["modified"] = now
        lag = 0 if at_once else self._world.switch("list_lag")
        order["visible_from"] = self._world.stamp(lag) if lag else ""
        order["status"] = order_status(order)
        if lag and before is not None:
            older = [*(self._world.get("older", order["id"]) or {"versions": []})["versions"], copy(before)]
            current = max((i for i, row in enumerate(older) if row["visible_from"] <= now), default=0)
            self._world.put("older", order["id"], {"versions": older[current:]})
        elif not lag:
            self._world.drop("older", order["id"])
        return self._world.put("order", order["id"], order)

    def shown(self, seller: str) -> Iterable[Document]:
        """Yield a seller's orders in the version that lists show now; those they don't know yet are left out."""
        now = self._world.stamp()
        for order in self._world.table("order").values():
            if order["seller"] != seller:
                continue
            if order["visible_from"] <= now:
                yield order
            elif (older := self._world.get("older", order["id"])) is not None:
                seen = [row for row in older["versions"] if row["visible_from"] <= now]
                if seen:
                    yield seen[-1]

    # --- what buyers, sellers and time do -----------------------------------------------------------------------------

    def set_payment(self, order_id: str, status: str) -> Document:
        """Let the buyer's payment be pending, fail, or come in."""
        order = self.edit(order_id)
        order["payment_status"] = status
        order["paid_at"] = self._world.stamp() if status == "PAID" else None
        return self.save(order)

    def edit_address(self, order_id: str, changes: Mapping[str, Json], *, touch: bool) -> Document:
        """Change where an order goes.

        Raises:
            ValueError: There is no such member.
        """
        contact = {"fullName": "full_name", "companyName": "company", "phoneNumber": "phone", "email": "email"}
        if unknown := set(changes) - ADDRESS_MEMBERS - set(contact):
            raise ValueError(f"an address has no {', '.join(sorted(unknown))}")
        order = self.edit(order_id)
        for name, value in changes.items():
            if name in contact:
                order[contact[name]] = value
            elif value:
                order["address"][name] = value
            else:
                order["address"].pop(name, None)
        return self.save(order, touch=touch)

    def refund(self, order: Document, amount: Decimal, *, line_id: str | None = None, seconds: float) -> Document:
        """Begin a refund in an order that is being changed; ``settle`` finishes it."""
        row: Document = {
            "id": str(5_012_000_000 + self._world.next_number("refund")),
            "amount": cents(amount),
            "line_id": line_id,
            "status": "PENDING",
            "due": self._world.epoch() + seconds,
            "date": None,
        }
        order["refunds"].append(row)
        self._world.put("due", f"refund:{order['id']}", {"order": order["id"]})
        return row

    def settle(self, order: Document) -> bool:
        """Finish the refunds whose time has come, in a copy; return whether there were any."""
        done = False
        for row in order["refunds"]:
            if row["status"] == "PENDING" and row["due"] <= self._world.epoch():
                row.update(status="REFUNDED", date=self._world.stamp(), reference=f"5{row['id']}")
                done = True
        return done

    def tick(self) -> None:
        """Let time do what is due: refunds that were under way."""
        for row in self._world.rows("due"):
            if not row["key"].startswith("refund:"):
                continue
            order = self.edit(row["order"])
            with self._world.transaction():
                if self.settle(order):
                    self.save(order)
                if all(refund["status"] != "PENDING" for refund in order["refunds"]):
                    self._world.drop("due", row["key"])


def days_after(stamp: str, days: float) -> str:
    """Return the moment so many days after another."""
    return to_stamp(from_stamp(stamp) + timedelta(days=days))
