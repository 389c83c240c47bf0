"""Destinations and subscriptions.

Facts: field guide amazon.md §7.1.
"""

import re
from typing import Final

from cartcarrier.sandbox.amazon._call import Answer, Call, object_of, text_of
from cartcarrier.sandbox.amazon._errors import InvalidInputError, RefusedError
from cartcarrier.sandbox.amazon._messages import TYPES
from cartcarrier.sandbox.amazon._world import Document, World

_ARN: Final = re.compile(r"^arn:aws:sqs:\S+:\S+:\S+$")
_MOST_ARN: Final = 1000
_MOST_NAME: Final = 256
_MOST_EXPRESSION: Final = 256
_CHANGES: Final = frozenset({"BuyerRequestedChange", "DeliveryTipChange", "OrderStatusChange"})


class Notifications:
    """The operations on destinations (of the application) and subscriptions (of the seller, in a region).

    Args:
        world: The platform's memory.
    """

    def __init__(self, world: World) -> None:
        self._world = world

    # --- destinations -------------------------------------------------------------------------------------------------

    def create_destination(self, call: Call) -> Answer:
        """Answer ``createDestination``.

        Raises:
            RefusedError: The resource is wrong, or is a destination already (409).
        """
        body = call.json()
        name = text_of(body, "name", most=_MOST_NAME)
        specification = object_of(body, "resourceSpecification")
        if set(specification) not in ({"sqs"}, {"eventBridge"}):
            raise InvalidInputError("resourceSpecification must have exactly one of sqs and eventBridge.")
        kind = next(iter(specification))
        resource = object_of(specification, kind, where="resourceSpecification")
        row: Document = {"name": name, "kind": kind, "arn": "", "region": "", "account": ""}
        if kind == "sqs":
            row["arn"] = text_of(resource, "arn", most=_MOST_ARN)
            if not _ARN.match(row["arn"]):
                raise InvalidInputError("resourceSpecification.sqs.arn is not the ARN of a queue.")
        else:
            row["region"], row["account"] = text_of(resource, "region"), text_of(resource, "accountId")
        identity = (row["kind"], row["arn"], row["region"], row["account"])
        for other in self._world.table("destination").values():
            if identity == (other["kind"], other["arn"], other["region"], other["account"]):
                raise RefusedError(409, "A destination for this resource exists already.")
        with self._world.transaction():
            row["id"] = self._uuid("destination")
            self._world.put("destination", row["id"], row)
        return Answer({"payload": _destination(row)})

    def get_destinations(self, call: Call) -> Answer:
        """Answer ``getDestinations``, and ``getDestination`` where the path names one.

        Raises:
            RefusedError: There is none of that id.
        """
        if "destinationId" in call.path:
            return Answer({"payload": _destination(self._destination(call.path["destinationId"]))})
        return Answer({"payload": [_destination(row) for row in self._world.table("destination").values()]})

    def delete_destination(self, call: Call) -> Answer:
        """Answer ``deleteDestination``.

        Raises:
            RefusedError: There is none of that id, or a subscription uses it (409).
        """
        row = self._destination(call.path["destinationId"])
        if any(each["destination"] == row["id"] for each in self._world.table("subscription").values()):
            raise RefusedError(409, "The destination is in use by a subscription.")
        self._world.drop("destination", row["id"])
        return Answer({})

    def _destination(self, id_: str) -> Document:
        row = self._world.get("destination", id_)
        if row is None:
            raise RefusedError(404, f"Destination {id_} was not found.")
        return row

    # --- subscriptions ------------------------------------------------------------------------------------------------

    def create_subscription(self, call: Call) -> Answer:
        """Answer ``createSubscription``.

        Raises:
            RefusedError: No such type or version, a destination that does not take it, wrong filters, or there is one (409).
        """
        kind = call.path["notificationType"]
        version, destinations = _type(kind)
        body = call.json()
        if text_of(body, "payloadVersion") != version:
            raise InvalidInputError(f"payloadVersion of {kind} must be {version}.")
        destination = self._destination(text_of(body, "destinationId"))
        if destination["kind"] not in destinations:
            raise InvalidInputError(f"{kind} cannot be delivered to a destination of kind {destination['kind']}.")
        directive = body.get("processingDirective")
        if directive is not None:
            _check_directive(kind, directive)
        if self._of_type(call.region, kind):
            raise RefusedError(409, "A subscription for this notification type and payload version exists already.")
        with self._world.transaction():
            row: Document = {
                "id": self._uuid("subscription"),
                "type": kind,
                "region": call.region,
                "version": version,
                "destination": destination["id"],
                "directive": directive,
                "flows_from": self._world.stamp(self._world.switch("subscription_delay_seconds")),
            }
            self._world.put("subscription", row["id"], row)
        return Answer({"payload": _subscription(row)})

    def get_subscription(self, call: Call) -> Answer:
        """Answer ``getSubscription``.

        Raises:
            RefusedError: There is none of that type.
        """
        kind = call.path["notificationType"]
        version, _ = _type(kind)
        found = self._of_type(call.region, kind)
        if not found or call.query.get("payloadVersion", version) != version:
            raise RefusedError(404, f"There is no subscription to {kind}.")
        return Answer({"payload": _subscription(found[0])})

    def get_subscriptions(self, call: Call) -> Answer:
        """Answer ``getSubscriptions``.

        Raises:
            RefusedError: Not exactly one known type.
        """
        kinds = call.values("notificationTypes", most=1)
        if not kinds:
            raise InvalidInputError("Parameter notificationTypes is required.")
        _type(kinds[0])
        rows = self._of_type(call.region, kinds[0])
        return Answer({"payload": {"subscriptions": [_subscription(row) for row in rows]}})

    def subscription_by_id(self, call: Call) -> Answer:
        """Answer ``getSubscriptionById`` and ``deleteSubscriptionById``.

        Raises:
            RefusedError: There is none of that id and type.
        """
        row = self._world.get("subscription", call.path["subscriptionId"])
        if row is None or row["type"] != call.path["notificationType"]:
            raise RefusedError(404, f"Subscription {call.path['subscriptionId']} was not found.")
        if call.name == "getSubscriptionById":
            return Answer({"payload": _subscription(row)})
        self._world.drop("subscription", row["id"])
        return Answer({})

    def _of_type(self, region: str, kind: str) -> list[Document]:
        rows = self._world.table("subscription").values()
        return [row for row in rows if row["type"] == kind and row["region"] == region]

    def _uuid(self, what: str) -> str:
        draw = self._world.draw(f"{what}:{self._world.next_number(what)}")
        text = f"{draw.getrandbits(128):032x}"
        return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))


def _type(kind: str) -> tuple[str, frozenset[str]]:
    if kind not in TYPES:
        raise InvalidInputError(f"Notification type {kind} is not supported.")
    return TYPES[kind]


def _check_directive(kind: str, directive: object) -> None:
    if not isinstance(directive, dict) or not set(directive) <= {"eventFilter", "filterExpression"}:
        raise InvalidInputError("processingDirective is not valid.")
    if len(directive) > 1:
        raise InvalidInputError("processingDirective takes either eventFilter or filterExpression, never both.")
    if "filterExpression" in directive:
        text_of(directive, "filterExpression", most=_MOST_EXPRESSION)
    if "eventFilter" not in directive:
        return
    event_filter = object_of(directive, "eventFilter", where="processingDirective")
    if kind != "ORDER_CHANGE" or text_of(event_filter, "eventFilterType") != kind:
        raise InvalidInputError(f"eventFilter is not supported for {kind}.")
    changes = event_filter.get("orderChangeTypes", [])
    if not isinstance(changes, list) or not set(changes) <= _CHANGES:
        raise InvalidInputError("eventFilter.orderChangeTypes is not valid.")
    if not isinstance(event_filter.get("marketplaceIds", []), list):
        raise InvalidInputError("eventFilter.marketplaceIds is not valid.")


def _destination(row: Document) -> Document:
    resource = {"sqs": {"arn": row["arn"]}}
    if row["kind"] == "eventBridge":
        name = f"aws.partner/sellingpartnerapi.amazon.com/{row['account']}"
        resource = {"eventBridge": {"name": name, "region": row["region"], "accountId": row["account"]}}
    return {"name": row["name"], "destinationId": row["id"], "resource": resource}


def _subscription(row: Document) -> Document:
    view = {"subscriptionId": row["id"], "payloadVersion": row["version"], "destinationId": row["destination"]}
    return view if row["directive"] is None else {**view, "processingDirective": row["directive"]}
