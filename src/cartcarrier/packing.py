"""What goes into which box.

A packer is any callable that takes the items to send and returns the parcels. One is built in, ``FirstFit``: by weight, and by
volume where the articles' sizes are known. It does not stack boxes in space; what it promises is said at the class. Whatever
the packer, ``pack`` sees to it that nothing is lost and nothing is sent twice.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Context, Decimal
from typing import Final, Protocol

import attrs

from cartcarrier.errors import InvalidValueError
from cartcarrier.models import Dimensions, LengthUnit, Order, Parcel, ParcelItem, Weight, WeightUnit

__all__ = ["Box", "FirstFit", "Packer", "items_of", "pack"]

# More digits than a sum or product of what the models hold can have: nothing is rounded here.
_EXACT: Final = Context(prec=1000)


class Packer(Protocol):
    """Puts items into parcels. A function of one argument will do."""

    def __call__(self, items: Sequence[ParcelItem], /) -> Sequence[Parcel]:
        """Return the parcels, each with its items and its whole weight.

        Args:
            items: What must leave; an item's pieces may be spread over parcels.

        Raises:
            InvalidValueError: Something cannot be packed: it fits no box, or its weight or size is not known.
        """
        ...


def items_of(order: Order, *, location_id: str | None = None) -> tuple[ParcelItem, ...]:
    """Return what an order still has to send: a parcel item for each open line, with all its open pieces.

    Lines that are not sent in a parcel, and those with no open piece, are left out.

    Args:
        order: Its open lines count.
        location_id: Only what this place ships, by the order's allocations; ``None`` for everything.
    """
    pieces: Mapping[str, int]
    if location_id is None:
        pieces = {line.id: line.unfulfilled_quantity for line in order.lines}
    else:
        pieces = Counter()
        for allocation in order.allocations:
            if allocation.location_id == location_id:
                pieces[allocation.line_id] += allocation.quantity
    return tuple(
        ParcelItem(
            sku=line.sku,
            title=line.title if line.title.strip() else line.sku or "article",
            quantity=quantity,
            unit_value=line.unit_price,
            weight=line.weight,
            hs_code=line.hs_code,
            country_of_origin=line.country_of_origin,
            order_line_id=line.id,
        )
        for line in order.lines
        if line.requires_shipping and (quantity := min(pieces.get(line.id, 0), line.unfulfilled_quantity)) > 0
    )


def pack(items: Order | Sequence[ParcelItem], packer: Packer) -> tuple[Parcel, ...]:
    """Let a packer pack, and see that what comes out is what went in.

    Args:
        items: What must leave; of an order, everything that is open (see ``items_of``).
        packer: Which packer.

    Returns:
        The parcels in the packer's order; none when there is nothing to send.

    Raises:
        InvalidValueError: Something cannot be packed, or the packer lost an item, sent one twice or put in what was not asked for.
    """
    wanted = items_of(items) if isinstance(items, Order) else tuple(items)
    if not wanted:
        return ()
    parcels = tuple(packer(wanted))
    before, after = _count(wanted), _count(item for parcel in parcels for item in parcel.items)
    for key in (*before, *after):
        if before[key] != after[key]:
            name = _name_of(*key)
            msg = f"the packer was given {before[key]} of {name} and packed {after[key]}"
            raise InvalidValueError(msg, field="Parcel.items")
    return parcels


def _count(items: Iterable[ParcelItem]) -> Counter[tuple[str | None, str | None, str]]:
    pieces: Counter[tuple[str | None, str | None, str]] = Counter()
    for item in items:
        pieces[item.order_line_id, item.sku, item.title] += item.quantity
    return pieces


def _name_of(line_id: str | None, sku: str | None, title: str) -> str:
    if line_id is not None:
        return f"order line {line_id}"
    return f"article {sku}" if sku is not None else f"item {title!r}"


def _name(item: ParcelItem) -> str:
    return _name_of(item.order_line_id, item.sku, item.title)


@attrs.frozen(kw_only=True)
class Box:
    """A kind of box that is at hand, as many as are needed.

    Attributes:
        name: What the people at the packing table call it.
        inner: Its inner sides.
        outer: Its outer sides, by which carriers charge; ``None`` for a box whose walls are too thin to count.
        empty_weight: Of the box with its padding and tape.
        max_weight: Of the packed box, the box itself in it; ``None`` for no limit.
        packaging: The carrier's code of its own packaging; ``None`` for the sender's.
    """

    name: str
    inner: Dimensions
    outer: Dimensions | None = None
    empty_weight: Weight
    max_weight: Weight | None = None
    packaging: str | None = None

    def __attrs_post_init__(self) -> None:
        if not self.name.strip():
            raise InvalidValueError("Box.name must not be empty", field="Box.name")
        if self.max_weight is not None and not self.empty_weight < self.max_weight:
            msg = f"Box.max_weight: the empty box {self.name} is as heavy as it may be when it is full"
            raise InvalidValueError(msg, field="Box.max_weight")


Sizes = Mapping[str, Dimensions] | Callable[[ParcelItem], Dimensions | None]


@attrs.frozen
class FirstFit:
    """Packs heavy and bulky pieces first, each into the first parcel that still takes it, and each parcel in the smallest box.

    What it promises: no parcel is heavier than its box allows; without ``sizes`` that is all it looks at. With ``sizes``, the
    pieces of a parcel together are at most ``fill`` of the box's volume, and each piece for itself goes through the box's
    sides. It does not work out how pieces lie beside each other: odd shapes may need a larger box, and ``fill`` is there to
    make that rare. Nor does it look for the fewest parcels that are possible. The same items and boxes give the same parcels,
    whatever the order of the boxes.

    Attributes:
        boxes: The kinds that are at hand.
        sizes: The outer sides of one piece, by SKU or by a function of the item; ``None`` to go by weight alone.
        fill: How much of a box's volume may be taken up by articles, the rest being air and padding.
    """

    boxes: tuple[Box, ...] = attrs.field(converter=tuple[Box, ...])
    sizes: Sizes | None = attrs.field(default=None, kw_only=True)
    fill: Decimal = attrs.field(default=Decimal("0.8"), kw_only=True)

    def __attrs_post_init__(self) -> None:
        if not self.boxes:
            raise InvalidValueError("FirstFit.boxes must have at least one box", field="FirstFit.boxes")
        if not isinstance(self.fill, Decimal) or not 0 < self.fill <= 1:  # type: ignore[redundant-expr]  # callers may be untyped
            raise InvalidValueError("FirstFit.fill must be a Decimal above 0 and at most 1", field="FirstFit.fill")

    def __call__(self, items: Sequence[ParcelItem], /) -> tuple[Parcel, ...]:
        """Return the parcels, the first begun first; the items of each in the order given.

        Raises:
            InvalidValueError: An item fits no box, even alone, or its weight or size is not known; it is named.
        """
        boxes = sorted((_Room.of(box, self.fill) for box in self.boxes), key=lambda room: room.rank)
        pieces = [_Piece.of(place, item, self._size(item)) for place, item in enumerate(items)]
        for piece in pieces:
            _check_alone(piece, boxes, by_size=self.sizes is not None)
        parcels: list[_Content] = []
        for piece in sorted(pieces, key=lambda piece: (-piece.volume, -piece.grams, piece.place)):
            left = piece.item.quantity
            for content in parcels:
                left -= content.take(piece, left)
            while left:
                parcels.append(_Content(boxes))
                left -= parcels[-1].take(piece, left)
        return tuple(content.parcel() for content in parcels)

    def _size(self, item: ParcelItem) -> Dimensions | None:
        if self.sizes is None:
            return None
        size = self.sizes(item) if callable(self.sizes) else self.sizes.get(item.sku or "")
        if size is None:
            msg = f"the size of {_name(item)} is not known: give it in FirstFit.sizes, or pack by weight alone"
            raise InvalidValueError(msg, field="FirstFit.sizes")
        return size


def _grams(weight: Weight) -> Decimal:
    return weight.to(WeightUnit.GRAM).value


def _sides(size: Dimensions) -> tuple[Decimal, Decimal, Decimal]:
    """Return the sides in millimeters, the longest first: a piece may be turned."""
    there = size.to(LengthUnit.MILLIMETER)
    long, middle, short = sorted((there.length, there.width, there.height), reverse=True)
    return long, middle, short


def _volume(sides: tuple[Decimal, Decimal, Decimal]) -> Decimal:
    return _EXACT.multiply(_EXACT.multiply(sides[0], sides[1]), sides[2])


@attrs.frozen
class _Piece:
    """An item, measured: grams, millimeters, and cubic millimeters of one piece."""

    place: int
    item: ParcelItem
    weight: Weight
    grams: Decimal
    sides: tuple[Decimal, Decimal, Decimal]
    volume: Decimal

    @classmethod
    def of(cls, place: int, item: ParcelItem, size: Dimensions | None) -> "_Piece":
        if item.weight is None:
            msg = f"the weight of {_name(item)} is not known: give it in the item, or pack that parcel by hand"
            raise InvalidValueError(msg, field="ParcelItem.weight")
        sides = (Decimal(0), Decimal(0), Decimal(0)) if size is None else _sides(size)
        return cls(place, item, item.weight, _grams(item.weight), sides, _volume(sides))


@attrs.frozen
class _Room:
    """A box, measured: what it can still hold when it is empty."""

    box: Box
    grams: Decimal | None
    sides: tuple[Decimal, Decimal, Decimal]
    volume: Decimal
    rank: tuple[object, ...]

    @classmethod
    def of(cls, box: Box, fill: Decimal) -> "_Room":
        sides = _sides(box.inner)
        volume = _volume(sides)
        limit = None if box.max_weight is None else _EXACT.subtract(_grams(box.max_weight), _grams(box.empty_weight))
        # the smallest first; of two alike the lighter; the name settles the rest, so that the order given does not matter
        rank = (volume, _grams(box.empty_weight), limit is None, limit or Decimal(0), box.name)
        return cls(box, limit, sides, _EXACT.multiply(volume, fill), rank)

    def lets_in(self, piece: _Piece) -> bool:
        """Return whether one piece goes through the sides, turned as it likes."""
        return all(own <= room for own, room in zip(piece.sides, self.sides, strict=True))

    def takes(self, piece: _Piece, grams: Decimal, volume: Decimal) -> int | None:
        """Return how many such pieces go in beside that weight and volume; ``None`` for any number."""
        counts = []
        if self.grams is not None:
            counts.append(_times(_EXACT.subtract(self.grams, grams), piece.grams))
        counts.append(_times(_EXACT.subtract(self.volume, volume), piece.volume))
        known = [number for number in counts if number is not None]
        return min(known) if known else None


def _times(room: Decimal, size: Decimal) -> int | None:
    """Return how often a size goes into what is left; ``None`` when it takes up nothing."""
    return None if not size else int(_EXACT.divide_int(room, size))


def _check_alone(piece: _Piece, boxes: Sequence[_Room], *, by_size: bool) -> None:
    wide = [room for room in boxes if room.lets_in(piece) and piece.volume <= room.volume]
    name = _name(piece.item)
    if not wide:
        msg = f"{name} is too large for every box, even alone: give FirstFit a larger one"
        raise InvalidValueError(msg, field="FirstFit.sizes" if by_size else "FirstFit.boxes")
    if not any(room.grams is None or piece.grams <= room.grams for room in wide):
        msg = f"{name} is too heavy for every box that it goes into, even alone: give FirstFit a stronger one"
        raise InvalidValueError(msg, field="ParcelItem.weight")


class _Content:
    """A parcel that is being packed: its pieces, and the boxes that can still hold them, the smallest first."""

    def __init__(self, rooms: Sequence[_Room]) -> None:
        self._rooms = list(rooms)
        self._pieces: list[tuple[_Piece, int]] = []
        self._grams = Decimal(0)
        self._volume = Decimal(0)

    def take(self, piece: _Piece, wanted: int) -> int:
        """Put in as many pieces as go in, at most so many, and return how many those were."""
        best = 0
        for room in self._rooms:
            if room.lets_in(piece):
                number = room.takes(piece, self._grams, self._volume)
                best = max(best, wanted if number is None else min(number, wanted))
        if best:
            self._pieces.append((piece, best))
            self._grams = _EXACT.add(self._grams, _EXACT.multiply(piece.grams, Decimal(best)))
            self._volume = _EXACT.add(self._volume, _EXACT.multiply(piece.volume, Decimal(best)))
            self._rooms = [room for room in self._rooms if room.lets_in(piece) and self._fits(room)]
        return best

    def _fits(self, room: _Room) -> bool:
        return self._volume <= room.volume and (room.grams is None or self._grams <= room.grams)

    def parcel(self) -> Parcel:
        """Return the parcel, in the smallest box that holds it."""
        box = self._rooms[0].box
        pieces = sorted(self._pieces, key=lambda packed: packed[0].place)
        parts = [(box.empty_weight, 1), *((piece.weight, number) for piece, number in pieces)]
        weight = _sum(parts)
        if not weight:
            names = ", ".join(_name(piece.item) for piece, _ in pieces)
            raise InvalidValueError(f"{names}: a parcel cannot weigh nothing", field="ParcelItem.weight")
        items = [attrs.evolve(piece.item, quantity=number) for piece, number in pieces]
        return Parcel(weight=weight, dimensions=box.outer or box.inner, packaging=box.packaging, items=items)


def _sum(parts: Sequence[tuple[Weight, int]]) -> Weight:
    """Return the exact sum: in the parts' unit where they share one, in grams otherwise."""
    units = {weight.unit for weight, _ in parts}
    unit = units.pop() if len(units) == 1 else WeightUnit.GRAM
    total = Decimal(0)
    for weight, number in parts:
        total = _EXACT.add(total, _EXACT.multiply(weight.to(unit).value, Decimal(number)))
    return Weight(value=total, unit=unit)
