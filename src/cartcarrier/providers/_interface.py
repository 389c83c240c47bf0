"""What somebody else's warehouse can do."""

from abc import abstractmethod
from collections.abc import Sequence

from cartcarrier.drivers import Driver
from cartcarrier.models import CancellationResult, Order, ProviderOrder, Rate


class FulfillmentProvider(Driver):
    """Somebody else's warehouse that ships our orders (Amazon Multi-Channel Fulfillment)."""

    @abstractmethod
    async def preview(self, order: Order) -> Sequence[Rate]:
        """Return what it would cost, and when it would arrive.

        Raises:
            RejectedError: The warehouse cannot ship it: no stock, or not to that address.
        """

    @abstractmethod
    async def submit(self, order: Order, *, reference: str, service: str | None = None) -> ProviderOrder:
        """Hand the order over. The same reference twice is one order.

        Args:
            order: What to ship, to whom.
            reference: Ours, unique.
            service: The provider's code of a speed; ``None`` for its standard one.

        Raises:
            RejectedError: The warehouse refuses it.
            ConflictError: The reference was used for something else.
            OperationError: With ``outcome_unknown`` when it may have been taken all the same.
        """

    @abstractmethod
    async def get_status(self, reference: str) -> ProviderOrder:
        """Return how far it is.

        Raises:
            NotFoundError: The warehouse does not know the reference.
        """

    @abstractmethod
    async def cancel(self, reference: str) -> CancellationResult:
        """Ask for it not to be shipped. Asking twice is no error.

        Raises:
            NotFoundError: The warehouse does not know the reference.
        """
