"""Where parcels are, asked and pushed."""

from collections.abc import Sequence
from typing import Final

import anyio
from typing_extensions import override

from cartcarrier.carriers import (
    SupportsProofOfDelivery,
    SupportsTracking,
    SupportsWebhooks,
)
from cartcarrier.carriers.fedex import mapping, webhooks
from cartcarrier.carriers.fedex.driver._base import FedExBase
from cartcarrier.carriers.fedex.schemas import TrackResult
from cartcarrier.errors import (
    AuthenticationError,
    CartCarrierError,
    NotFoundError,
    OperationError,
    RejectedError,
)
from cartcarrier.http import Response
from cartcarrier.models import (
    Document,
    Tracking,
    TrackingFailure,
    TrackingRef,
    WebhookOutcome,
    WebhookRequest,
)

_TOGETHER: Final = 4
"""Batches of 30 parcels that are asked for at once."""
_NOTHING: Final = "TRACKING.DATA.NOTFOUND"


class FedExTracking(FedExBase, SupportsTracking, SupportsProofOfDelivery, SupportsWebhooks):
    """Tracking."""

    @override
    async def track(self, refs: Sequence[TrackingRef | str]) -> Sequence[Tracking | TrackingFailure]:
        """Return where these parcels are: one result for each, in the order asked; 30 a call.

        Raises:
            AuthenticationError: The credentials are not accepted.
            ConfigurationError: The driver is closed. Nothing was sent.
            LedgerError: The ledger, where it keeps tokens and limits, could not be read or written.
        """
        wanted = [mapping.to_wanted(ref) for ref in refs]
        results: dict[int, Tracking | TrackingFailure] = {}
        for place, one in enumerate(wanted):
            if not one.is_number:
                results[place] = TrackingFailure(tracking_number=one.asked, error=self._no_number("track"))
        rest = [place for place in range(len(wanted)) if place not in results]
        refusals: list[CartCarrierError] = []
        gate = anyio.CapacityLimiter(_TOGETHER)

        async def follow(places: list[int]) -> None:
            async with gate:
                if refusals:
                    return
                try:
                    await self._track_batch(wanted, places, results)
                except CartCarrierError as exc:  # of the credentials, the set-up or the ledger: it concerns all of them
                    refusals.append(exc)

        async with anyio.create_task_group() as tasks:
            for batch in mapping.to_batches([wanted[place] for place in rest]):
                tasks.start_soon(follow, [rest[index] for index in batch])
        if refusals:
            raise refusals[0]
        return tuple(results[place] for place in range(len(wanted)))

    @override
    async def get_proof_of_delivery(self, ref: TrackingRef | str) -> Document:
        """Return the paper that shows who took the parcel, and when, as a PDF. Personal data.

        Raises:
            NotFoundError: The parcel is not known, or not delivered yet.
            PermissionDeniedError: The account may not see it.
            RejectedError: That is not a tracking number.
        """
        wanted = mapping.to_wanted(ref)
        if not wanted.is_number:
            raise self._no_number("proof_of_delivery")
        question = mapping.to_proof_question(wanted, self.config.account_number)
        answer, response = await self._client.proof(question)
        document = mapping.to_proof(answer)
        if document is None:
            raise self._client.refused(_NOTHING, response)
        return document

    @override
    async def receive(self, request: WebhookRequest) -> WebhookOutcome:
        """Verify a push of FedEx's Advanced Integrated Visibility, and return its news.

        Raises:
            AuthenticationError: The signature is missing or wrong.
            ResponseError: It is genuine, but cannot be read.
            ConfigurationError: ``webhook_secret`` is not set.
        """
        return webhooks.receive(
            request, config=self.config, account=self.account, carrier=self.key, keep_raw=self.keep_raw
        )

    async def _track_batch(
        self, wanted: Sequence[mapping.Wanted], places: list[int], results: dict[int, Tracking | TrackingFailure]
    ) -> None:
        try:
            answer, response = await self._client.track(mapping.to_track_question(wanted[place] for place in places))
        except AuthenticationError:
            raise
        except (RejectedError, NotFoundError) as exc:
            numbers = {wanted[place].number for place in places}
            if len(numbers) == 1:
                self._fail(wanted, places, exc, results)
                return
            # one of them made FedEx refuse all: find it, and follow the others
            middle = len(places) // 2
            await self._track_batch(wanted, places[:middle], results)
            await self._track_batch(wanted, places[middle:], results)
            return
        except OperationError as exc:
            self._fail(wanted, places, exc, results)
            return
        by_number = mapping.results_by_number(answer)
        for place in places:
            results[place] = self._result(wanted[place], by_number.get(wanted[place].number, []), response)

    def _fail(
        self,
        wanted: Sequence[mapping.Wanted],
        places: list[int],
        error: OperationError,
        results: dict[int, Tracking | TrackingFailure],
    ) -> None:
        for place in places:
            results[place] = TrackingFailure(tracking_number=wanted[place].asked, error=error)

    def _result(
        self, wanted: mapping.Wanted, found: Sequence[TrackResult], response: Response
    ) -> Tracking | TrackingFailure:
        result = mapping.choose_result(found, wanted.token)
        if result is not None:
            return mapping.to_tracking(result, wanted.asked, self.key, response.content if self.keep_raw else None)
        code = mapping.error_code(found)
        error: OperationError = (
            self._client.refused(code, response)
            if code is not None
            else self._client.odd(response, "without one of the parcels that were asked for")
        )
        return TrackingFailure(tracking_number=wanted.asked, error=error)

    def _no_number(self, operation: str) -> RejectedError:
        return RejectedError(
            "a number for FedEx's tracking has 8 to 40 letters and digits; nothing was sent",
            provider=self.driver,
            account=self.account,
            operation=operation,
        )
