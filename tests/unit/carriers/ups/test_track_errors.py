"""What stops a whole tracking question leaves as one error of ours, on both event loops."""

import pytest
from typing_extensions import override

from cartcarrier.carriers.ups import UPSCarrier
from cartcarrier.errors import ConfigurationError, LedgerError
from cartcarrier.http import ManualClock, MemoryTokenStore, Token
from tests.unit.carriers.ups.samples import FIRST, SECOND, carrier, config, refusal, reply, transport

pytestmark = pytest.mark.parametrize("anyio_backend", ["asyncio", "trio"])


class _BrokenStore(MemoryTokenStore):
    """A ledger that cannot be read."""

    @override
    async def load(self, key: str) -> Token | None:
        raise LedgerError("the ledger cannot be read")


@pytest.mark.parametrize("numbers", [[FIRST], [FIRST, SECOND, FIRST]])
async def test_closed_driver_says_so(numbers: list[str]) -> None:
    """A group of errors would pass every ``except CartCarrierError``."""
    driver = carrier(lambda _: reply(refusal("TW0001"), 404))
    await driver.aclose()
    with pytest.raises(ConfigurationError, match="closed"):
        await driver.track(numbers)


async def test_trouble_with_the_ledger_leaves_as_itself() -> None:
    """Callers stop at a ledger that fails; they cannot when they do not see it."""
    answering = transport(lambda _: reply(refusal("TW0001"), 404))
    driver = UPSCarrier(config(), transport=answering, clock=ManualClock(), tokens=_BrokenStore())
    with pytest.raises(LedgerError):
        await driver.track([FIRST, SECOND])
