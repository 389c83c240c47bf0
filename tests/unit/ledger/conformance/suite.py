"""What every ledger must do, whatever it is built on. Subclass, and give the fixture ``ledger``: an open one, empty."""

import pytest

from cartcarrier.errors import LedgerError
from cartcarrier.ledger import (
    Ledger,
)
from cartcarrier.testing import make_order
from cartcarrier.testing._factories import NOW
from tests.unit.ledger.builders import (
    REF,
)
from tests.unit.ledger.conformance.orders import OrderConformance
from tests.unit.ledger.conformance.personal import PersonalDataConformance
from tests.unit.ledger.conformance.planning import PlanConformance
from tests.unit.ledger.conformance.steps import StepConformance
from tests.unit.ledger.conformance.submissions import SubmissionConformance


class LedgerConformance(
    OrderConformance, PlanConformance, StepConformance, SubmissionConformance, PersonalDataConformance
):
    """All of it."""

    async def test_opening_and_closing_twice_does_nothing(self, ledger: Ledger) -> None:
        """Whoever shares a ledger need not know who opened it."""
        await ledger.record_orders([make_order()], now=NOW)
        await ledger.open()
        assert await ledger.get_order(REF) is not None
        await ledger.aclose()
        await ledger.aclose()

    async def test_closed_ledger_says_so(self, ledger: Ledger) -> None:
        """Nothing may be sent on the word of a ledger that is not there."""
        await ledger.aclose()
        with pytest.raises(LedgerError, match="not open"):
            await ledger.save_cursor("a", "b")
        with pytest.raises(LedgerError, match="not open"):
            await ledger.load_cursor("a")
