"""The mutations of fulfillment services, and of those who ask them. Field guide shopify.md §13."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from cartcarrier.sandbox.shopify._ids import Document, RefusedError
from cartcarrier.sandbox.shopify._requests import Requests
from cartcarrier.sandbox.shopify._stock_mutations import Resolver, said, scoped
from cartcarrier.sandbox.shopify._world import World

# The service answers for the locations of its own app; whoever manages orders asks other apps' services.
ANSWERING = ("write_assigned_fulfillment_orders",)
ASKING = ("write_third_party_fulfillment_orders",)

Show = Callable[[int | None], Document | None]


class RequestMutations:
    """Carries out what is asked of services, and what they answer.

    Args:
        world: The shop's memory.
        requests: The requests.
        show: Makes the object of a fulfillment order from its number.
    """

    def __init__(self, world: World, requests: Requests, show: Show) -> None:
        self._world = world
        self._requests = requests
        self._show = show

    def root(self) -> dict[str, Resolver]:
        """Return a resolver for each of these mutations."""
        answers: dict[str, Resolver] = {
            "fulfillmentOrderAcceptFulfillmentRequest": self._accept,
            "fulfillmentOrderRejectFulfillmentRequest": self._reject,
            "fulfillmentOrderAcceptCancellationRequest": self._accept_cancellation,
            "fulfillmentOrderRejectCancellationRequest": self._reject_cancellation,
            "fulfillmentOrderClose": self._close,
        }
        questions: dict[str, Resolver] = {
            "fulfillmentOrderSubmitFulfillmentRequest": self._submit,
            "fulfillmentOrderSubmitCancellationRequest": self._submit_cancellation,
        }
        return {name: scoped(self._world, name, ANSWERING, run) for name, run in answers.items()} | {
            name: scoped(self._world, name, ASKING, run) for name, run in questions.items()
        }

    def _one(self, run: Callable[[], int]) -> Document:
        try:
            number = run()
        except RefusedError as exc:
            return {"fulfillmentOrder": None, "userErrors": said(exc)}
        return {"fulfillmentOrder": self._show(number), "userErrors": []}

    def _submit(
        self,
        _info: object,
        id: str,  # noqa: A002 - the schema's name
        fulfillmentOrderLineItems: Sequence[Mapping[str, Any]] | None = None,  # noqa: N803 - the schema's name
        message: str | None = None,
        notifyCustomer: bool | None = None,  # noqa: N803, FBT001 - the schema's name
    ) -> Document:
        try:
            number, rest = self._requests.submit(id, fulfillmentOrderLineItems, message, notify=bool(notifyCustomer))
        except RefusedError as exc:
            return {
                "originalFulfillmentOrder": None,
                "submittedFulfillmentOrder": None,
                "unsubmittedFulfillmentOrder": None,
                "userErrors": said(exc),
            }
        return {
            "originalFulfillmentOrder": self._show(number),
            "submittedFulfillmentOrder": self._show(number),
            "unsubmittedFulfillmentOrder": self._show(rest),
            "userErrors": [],
        }

    def _submit_cancellation(self, _info: object, id: str, message: str | None = None) -> Document:  # noqa: A002 - the schema's name
        return self._one(lambda: self._requests.submit_cancellation(id, message))

    def _accept(
        self,
        _info: object,
        id: str,  # noqa: A002 - the schema's name
        message: str | None = None,
        estimatedShippedAt: str | None = None,  # noqa: N803 - the schema's name
    ) -> Document:
        return self._one(lambda: self._requests.accept(id, message, estimatedShippedAt))

    def _reject(
        self,
        _info: object,
        id: str,  # noqa: A002 - the schema's name
        reason: str | None = None,
        message: str | None = None,
        lineItems: Sequence[Mapping[str, Any]] | None = None,  # noqa: N803 - the schema's name
    ) -> Document:
        return self._one(lambda: self._requests.reject(id, reason, message, lineItems))

    def _accept_cancellation(self, _info: object, id: str, message: str | None = None) -> Document:  # noqa: A002 - the schema's name
        return self._one(lambda: self._requests.accept_cancellation(id, message))

    def _reject_cancellation(self, _info: object, id: str, message: str | None = None) -> Document:  # noqa: A002 - the schema's name
        return self._one(lambda: self._requests.reject_cancellation(id, message))

    def _close(self, _info: object, id: str, message: str | None = None) -> Document:  # noqa: A002 - the schema's name
        return self._one(lambda: self._requests.close(id, message))
