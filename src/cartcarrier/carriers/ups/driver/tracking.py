"""Where parcels are: asked, pushed, and proved."""

import re
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final
from urllib.parse import urlsplit

import anyio
from typing_extensions import override

from cartcarrier.carriers import SupportsProofOfDelivery, SupportsTracking, SupportsTrackingSubscriptions
from cartcarrier.carriers.ups import mapping, webhooks
from cartcarrier.carriers.ups.codes import NONE_TO_FOLLOW
from cartcarrier.carriers.ups.driver._base import UPSBase
from cartcarrier.carriers.ups.schemas import TrackPackage
from cartcarrier.drivers import SupportsWebhooks
from cartcarrier.errors import (
    AuthenticationError,
    CartCarrierError,
    InvalidValueError,
    NotFoundError,
    OperationError,
    PermissionDeniedError,
    RejectedError,
)
from cartcarrier.http import Response
from cartcarrier.models import (
    Document,
    Tracking,
    TrackingFailure,
    TrackingRef,
    TrackingStatus,
    TrackingSubscription,
    WebhookOutcome,
    WebhookRequest,
)
from cartcarrier.tracking_numbers import recognize

_TOGETHER: Final = 8
"""How many parcels are asked for at once: UPS has no question for several (field guide ups.md §7.1)."""
_INQUIRY: Final = re.compile(r"[0-9A-Za-z]{7,34}")
_FOLLOWED_FOR: Final = timedelta(days=14)
_ARRIVED: Final = frozenset({TrackingStatus.DELIVERED, TrackingStatus.RETURNED})


class UPSTracking(UPSBase, SupportsTracking, SupportsProofOfDelivery, SupportsTrackingSubscriptions, SupportsWebhooks):
    """The following."""

    @override
    async def track(self, refs: Sequence[TrackingRef | str]) -> Sequence[Tracking | TrackingFailure]:
        """Return where these parcels are: one result for each, in the order asked.

        Raises:
            AuthenticationError: The credentials are not accepted.
            ConfigurationError: The driver is closed. Nothing was sent.
            LedgerError: The ledger, where it keeps tokens and limits, could not be read or written.
        """
        numbers = [ref if isinstance(ref, str) else ref.number for ref in refs]
        results: dict[int, Tracking | TrackingFailure] = {}
        refusals: list[CartCarrierError] = []
        gate = anyio.CapacityLimiter(_TOGETHER)

        async def follow(place: int, number: str) -> None:
            async with gate:
                if refusals:
                    return
                try:
                    results[place] = await self._track_one(number)
                except AuthenticationError as exc:
                    refusals.append(exc)
                except OperationError as exc:
                    results[place] = TrackingFailure(tracking_number=number, error=exc)
                except CartCarrierError as exc:  # of the set-up or the ledger: it concerns all of them
                    refusals.append(exc)

        async with anyio.create_task_group() as tasks:
            for place, number in enumerate(numbers):
                tasks.start_soon(follow, place, number)
        if refusals:
            raise refusals[0]
        return tuple(results[place] for place in range(len(numbers)))

    @override
    async def get_proof_of_delivery(self, ref: TrackingRef | str) -> Document:
        """Return UPS's letter that shows who took the parcel, and when, or else the signature. Personal data.

        Raises:
            NotFoundError: The parcel is not known, or not delivered yet.
            PermissionDeniedError: UPS shows it to the parties of the parcel only, and this account is none.
            RejectedError: That is not a number that UPS follows. Nothing was sent.
        """
        number = ref if isinstance(ref, str) else ref.number
        package, response = await self._package(number, proof=True)
        proof = mapping.to_proof(package)
        if proof is not None:
            return proof
        if mapping.to_tracking(package, number, self.key).status not in _ARRIVED:
            raise NotFoundError("UPS has no proof of delivery: the parcel is not delivered yet", **response.facts)
        msg = "UPS gives no proof of this delivery to this account; it does so to the parties of the parcel only"
        raise PermissionDeniedError(msg, **response.facts)

    @override
    async def subscribe_tracking(
        self, refs: Sequence[TrackingRef | str], *, url: str
    ) -> Sequence[TrackingSubscription | TrackingFailure]:
        """Have news of these parcels pushed for 14 days: one result for each, in the order asked. Asking again renews.

        UPS pushes to the address that is set on its developer portal, with the credential that is set there: ``url`` is not told to
        UPS. There is no history in pushes, so ask ``track`` once at the start.

        Args:
            refs: Which parcels; numbers that begin with 1Z or 1R only.
            url: Where you expect the pushes; ``https``.

        Raises:
            ConfigurationError: ``webhook_credential`` is not set: pushes could not be verified.
            InvalidValueError: The address is not ``https``. Nothing was sent.
        """
        webhooks.require_credential(self.config)
        if urlsplit(url).scheme != "https" or not urlsplit(url).netloc:
            raise InvalidValueError("url must be an https address", field="url")
        numbers = ["".join((ref if isinstance(ref, str) else ref.number).split()).upper() for ref in refs]
        asked = list(dict.fromkeys(number for number in numbers if mapping.can_follow(number)))
        refused = {number: self._unfollowed(number) for number in numbers}
        for start in range(0, len(asked), mapping.MOST_AT_ONCE):
            await self._follow(asked[start : start + mapping.MOST_AT_ONCE], refused)
        ends = self._now() + _FOLLOWED_FOR
        return tuple(
            TrackingFailure(tracking_number=number, error=refused[number])
            if number in refused
            else TrackingSubscription(tracking_number=number, expires_at=ends)
            for number in numbers
        )

    @override
    async def receive(self, request: WebhookRequest) -> WebhookOutcome:
        """Verify a push of Track Alert by its credential, and say what it means.

        Raises:
            AuthenticationError: The credential is missing or wrong. Answer 401, keep nothing.
            ResponseError: It is genuine, but cannot be read.
            ConfigurationError: ``webhook_credential`` is not set.
        """
        return webhooks.receive(
            request, config=self.config, account=self.account, carrier=self.key, keep_raw=self.keep_raw
        )

    async def _follow(self, numbers: list[str], refused: dict[str, RejectedError]) -> None:
        """Ask for some; take those that UPS follows out of ``refused``, where each stands with why it is not."""
        try:
            answer = await self._client.subscribe(mapping.to_subscription(numbers))
        except RejectedError as exc:
            if exc.code not in NONE_TO_FOLLOW:
                raise
            refused.update(dict.fromkeys(numbers, exc))
            return
        invalid = {number.upper() for number in answer.invalid_tracking_numbers or ()}
        for number in {number.upper() for number in answer.valid_tracking_numbers or ()} - invalid:
            refused.pop(number, None)

    def _unfollowed(self, number: str) -> RejectedError:
        why = (
            "UPS does not follow this number"
            if mapping.can_follow(number)
            else "UPS pushes about numbers that begin with 1Z or 1R only; nothing was sent"
        )
        return RejectedError(why, provider=self.driver, account=self.account, operation="subscribe_tracking")

    async def _track_one(self, number: str) -> Tracking:
        package, response = await self._package(number)
        return mapping.to_tracking(package, number, self.key, response.content if self.keep_raw else None)

    async def _package(self, number: str, *, proof: bool = False) -> tuple[TrackPackage, Response]:
        wanted = "".join(number.split()).upper()
        operation = "get_proof_of_delivery" if proof else "track"
        facts: dict[str, Any] = {"provider": self.driver, "account": self.account, "operation": operation}
        if not _INQUIRY.fullmatch(wanted):
            raise RejectedError("a number for UPS's tracking has 7 to 34 letters and digits; nothing was sent", **facts)
        owner = _other_carrier(wanted)
        if owner is not None:
            raise RejectedError(f"this number has the form of {owner}'s and not of UPS's; nothing was sent", **facts)
        answer, response = await self._client.track(wanted, proof=proof)
        package = mapping.find_package(answer, wanted)
        if package is None:
            # "not found" comes as a success with a warning (field guide ups.md §0.8)
            codes = [warning.code for warning in mapping.find_warnings(answer) if warning.code]
            raise (
                self._client.warned(codes[0], response)
                if codes
                else self._client.odd(response, "without the parcel that was asked for")
            )
        return package, response


def _other_carrier(number: str) -> str | None:
    """Return whose number it is for certain, when it can be no number of UPS's; ``None`` where there is a doubt: then UPS is asked."""
    readings = recognize(number)
    if any(reading.carrier == "ups" or reading.valid is not True for reading in readings):
        return None
    return next((reading.carrier for reading in readings if reading.carrier), None)
