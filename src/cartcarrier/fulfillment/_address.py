"""Whether an address can be delivered to, before money is spent on it."""

from collections.abc import Mapping, Sequence

import attrs

from cartcarrier.carriers import SupportsAddressValidation
from cartcarrier.errors import CartCarrierError, ConfigurationError, InvalidValueError, OperationError
from cartcarrier.fulfillment._desk import Desk, log
from cartcarrier.fulfillment._quote import bounded
from cartcarrier.fulfillment._tasks import task_group
from cartcarrier.models import Address, AddressValidation, AddressVerdict, Order

_SEVERITY = (AddressVerdict.VALID, AddressVerdict.CORRECTED, AddressVerdict.AMBIGUOUS, AddressVerdict.INVALID)


@attrs.frozen(kw_only=True)
class AddressCheck:
    """What the carriers think of an address.

    Attributes:
        verdict: In one word, of all together: the most severe one; where one says invalid and another one knows it,
            ``AMBIGUOUS``; ``UNKNOWN`` when no carrier could say.
        by_carrier: What each said, by account key.
        failures: Why the others said nothing, by account key.
    """

    verdict: AddressVerdict
    by_carrier: Mapping[str, AddressValidation] = attrs.field(factory=dict, eq=False, repr=False)
    failures: Mapping[str, CartCarrierError] = attrs.field(factory=dict, eq=False)

    @property
    def candidates(self) -> tuple[Address, ...]:
        """Addresses it may have meant, each once, the likeliest of each carrier first."""
        return tuple(dict.fromkeys(found for said in self.by_carrier.values() for found in said.candidates))

    @property
    def residential(self) -> bool | None:
        """Whether it is a home; ``None`` when no carrier knows, or they differ."""
        known = {said.residential for said in self.by_carrier.values()} - {None}
        return known.pop() if len(known) == 1 else None

    @property
    def messages(self) -> tuple[str, ...]:
        """What the carriers say, each sentence with who says it."""
        return tuple(f"{key}: {text}" for key, said in self.by_carrier.items() for text in said.messages)


class AddressNotGoodError(InvalidValueError):
    """A carrier holds the address for invalid, or for one of several; nothing was written down or bought.

    Attributes:
        check: What the carriers said, with the addresses they propose. Personal data.
    """

    check: AddressCheck

    def __init__(self, message: str, *, field: str | None = None, check: AddressCheck) -> None:
        super().__init__(message, field=field)
        self.check = check
        self._facts["check"] = check


async def check_address(desk: Desk, subject: Order | Address, *, carriers: Sequence[str] | None = None) -> AddressCheck:
    """Ask all carriers at once what they think of an address; see ``Fulfiller.check_address``.

    Raises:
        InvalidValueError: The order has no address.
        ConfigurationError: A carrier that is named is not here, or cannot check addresses; or none here can.
    """
    address = subject if isinstance(subject, Address) else subject.ship_to
    if address is None:
        msg = "the order has no address to check, or its channel withholds it"
        raise InvalidValueError(msg, field="order.ship_to")
    asked = {
        key: carrier
        for key, carrier in desk.carriers.items()
        if isinstance(carrier, SupportsAddressValidation) and (carriers is None or key in carriers)
    }
    missing = [key for key in carriers or () if key not in asked]
    if missing or not asked:
        what = ", ".join(missing) or "no carrier of this Fulfiller"
        msg = f"{what} can check addresses" if not missing else f"not here, or unable to check addresses: {what}"
        raise ConfigurationError(msg, field="carriers")
    said: dict[str, AddressValidation] = {}
    failures: dict[str, CartCarrierError] = {}

    async def ask(key: str, carrier: SupportsAddressValidation) -> None:
        try:
            with bounded(desk, key, "validate_address"):
                said[key] = await carrier.validate_address(address)
        except CartCarrierError as exc:
            log.info("%s did not check an address: %s", key, type(exc).__name__)
            failures[key] = exc

    async with task_group() as tasks:
        for key, carrier in asked.items():
            tasks.start_soon(ask, key, carrier)
    ordered = {key: said[key] for key in asked if key in said}
    return AddressCheck(verdict=_merged(ordered), by_carrier=ordered, failures=failures)


def _merged(said: Mapping[str, AddressValidation]) -> AddressVerdict:
    verdicts = {one.verdict for one in said.values()} - {AddressVerdict.UNKNOWN}
    if not verdicts:
        return AddressVerdict.UNKNOWN
    if AddressVerdict.INVALID in verdicts and verdicts & {AddressVerdict.VALID, AddressVerdict.CORRECTED}:
        return AddressVerdict.AMBIGUOUS
    return max(verdicts, key=_SEVERITY.index)


def with_residential(order: Order, check: AddressCheck | None) -> Order:
    """Return the order with what the carriers know of a home, where its channel did not say."""
    if check is None or check.residential is None or order.ship_to is None or order.ship_to.residential is not None:
        return order
    return attrs.evolve(order, ship_to=attrs.evolve(order.ship_to, residential=check.residential))


async def demand_good_address(desk: Desk, order: Order, *, carrier: str | None) -> AddressCheck | None:
    """Refuse to buy for an address that is not good.

    Args:
        desk: The context.
        order: Whose address.
        carrier: The account that is to move it, where that is decided; it is asked alone if it can check addresses.

    Returns:
        What the carriers said; ``None`` when none here can check addresses.

    Raises:
        AddressNotGoodError: It is ``INVALID`` or ``AMBIGUOUS``.
        OperationError: No carrier could say, and one of them failed: without an answer nothing is bought.
    """
    able = [key for key, one in desk.carriers.items() if isinstance(one, SupportsAddressValidation)]
    if not able:
        return None
    check = await check_address(desk, order, carriers=[carrier] if carrier in able else None)
    if check.verdict in {AddressVerdict.INVALID, AddressVerdict.AMBIGUOUS}:
        who = ", ".join(key for key, one in check.by_carrier.items() if one.verdict is not AddressVerdict.VALID)
        msg = (
            f"the address of order {order.ref} is {check.verdict} ({who}), with {len(check.candidates)} others proposed:"
            " nothing was bought; see the error's check.candidates, and have it mended at the channel"
        )
        raise AddressNotGoodError(msg, field="order.ship_to", check=check)
    if not check.by_carrier:
        for failure in check.failures.values():
            if isinstance(failure, OperationError):
                raise failure
    return check
