"""The PostgreSQL ledger against what every ledger must do."""

from cartcarrier.ledger import Ledger
from cartcarrier.testing import make_order
from cartcarrier.testing._factories import NOW
from tests.unit.ledger.builders import REF
from tests.unit.ledger.conformance.suite import LedgerConformance


class TestPostgres(LedgerConformance):
    """As several workers have it."""

    async def test_open_order_whose_data_was_erased_is_taken_in_again(self, ledger: Ledger) -> None:
        """An order that is still to be shipped cannot be without its address; its erasure is asked for again when it has left."""
        await ledger.record_orders([make_order()], now=NOW)
        assert await ledger.erase_personal_data([REF]) == 1
        await ledger.record_orders([make_order()], now=NOW)
        row = await ledger.get_order(REF)
        assert row is not None
        assert row.order == make_order()
