"""What goes into which box: nothing lost, nothing twice, no limit broken."""

from collections import Counter
from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cartcarrier.errors import InvalidValueError
from cartcarrier.models import Allocation, Dimensions, LengthUnit, Money, Parcel, ParcelItem, Weight, WeightUnit
from cartcarrier.packing import Box, FirstFit, items_of, pack
from cartcarrier.testing import make_order, make_order_line


def grams(value: int | str) -> Weight:
    return Weight(value=Decimal(value), unit=WeightUnit.GRAM)


def cm(length: int | str, width: int | str, height: int | str) -> Dimensions:
    return Dimensions(length=Decimal(length), width=Decimal(width), height=Decimal(height), unit=LengthUnit.CENTIMETER)


def item(name: str, quantity: int = 1, weight: Weight | None = None) -> ParcelItem:
    return ParcelItem(
        sku=name,
        title=name,
        quantity=quantity,
        weight=grams(100) if weight is None else weight,
        order_line_id=f"line-{name}",
    )


def box(name: str, inner: Dimensions, *, empty: Weight | None = None, most: Weight | None = None) -> Box:
    return Box(name=name, inner=inner, empty_weight=grams(50) if empty is None else empty, max_weight=most)


SMALL = box("small", cm(10, 10, 10), most=grams(1050))
LARGE = box("large", cm(40, 20, 20), empty=grams(300), most=grams(10300))


def contents(parcels: Sequence[Parcel]) -> list[dict[str | None, int]]:
    return [{packed.sku: packed.quantity for packed in parcel.items} for parcel in parcels]


def test_items_are_the_open_pieces_of_the_lines_that_are_sent() -> None:
    """What has left, and what is never sent, must not be packed again; what customs asks for goes along."""
    order = make_order(
        lines=[
            make_order_line(id="open", quantity=3, unfulfilled_quantity=2),
            make_order_line(id="gone", quantity=1, unfulfilled_quantity=0),
            make_order_line(id="voucher", requires_shipping=False),
        ]
    )
    (packed,) = items_of(order)
    assert packed == ParcelItem(
        sku="MUG-1",
        title="Mug",
        quantity=2,
        unit_value=Money(amount=Decimal("12.50"), currency="USD"),
        weight=grams(350),
        hs_code="691200",
        country_of_origin="PT",
        order_line_id="open",
    )


def test_items_of_one_place_are_those_allocated_to_it() -> None:
    """Two warehouses that each pack the whole order send it twice."""
    order = make_order(
        lines=[make_order_line(id="a", quantity=5), make_order_line(id="b", quantity=1)],
        allocations=[
            Allocation(line_id="a", quantity=2, location_id="east"),
            Allocation(line_id="a", quantity=3, location_id="west"),
            Allocation(line_id="b", quantity=1, location_id="west"),
        ],
    )
    assert [(i.order_line_id, i.quantity) for i in items_of(order, location_id="east")] == [("a", 2)]
    assert [(i.order_line_id, i.quantity) for i in items_of(order, location_id="west")] == [("a", 3), ("b", 1)]


def test_allocation_of_what_has_left_is_not_packed_again() -> None:
    """Channels keep an allocation for a while after its pieces were sent."""
    order = make_order(
        lines=[make_order_line(id="a", quantity=3, unfulfilled_quantity=1)],
        allocations=[Allocation(line_id="a", quantity=3, location_id="east")],
    )
    assert [i.quantity for i in items_of(order, location_id="east")] == [1]


def test_line_without_a_title_is_called_by_its_sku() -> None:
    """A channel may give no title; a parcel item must have one."""
    order = make_order(lines=[make_order_line(title=" ", sku="MUG-1")])
    assert [packed.title for packed in items_of(order)] == ["MUG-1"]


def test_everything_goes_into_the_smallest_box_that_holds_it() -> None:
    """Carriers charge by the box's sides."""
    (parcel,) = FirstFit([LARGE, SMALL])([item("mug", 2, grams(300))])
    assert parcel.dimensions == SMALL.inner
    assert parcel.weight == grams(650)
    assert parcel.items == (item("mug", 2, grams(300)),)


def test_heavier_goods_get_the_larger_box() -> None:
    """The smallest box is the smallest that is strong enough."""
    (parcel,) = FirstFit([SMALL, LARGE])([item("anvil", 1, grams(1001))])
    assert parcel.dimensions == LARGE.inner
    assert parcel.weight == grams(1301)


def test_box_may_be_as_heavy_as_its_limit_and_no_heavier() -> None:
    """The limit is of the packed box, the box itself in it."""
    assert contents(FirstFit([SMALL])([item("mug", 3, grams(500))])) == [{"mug": 2}, {"mug": 1}]
    assert contents(FirstFit([SMALL])([item("mug", 2, grams("500.001"))])) == [{"mug": 1}, {"mug": 1}]


def test_parcel_has_the_outer_sides_and_the_packaging_of_its_box() -> None:
    """Inside counts for packing, outside for the price."""
    carton = Box(
        name="tube", inner=cm(10, 10, 10), outer=cm(11, 11, 11), empty_weight=grams(50), packaging="TUBE"
    )  # fmt: skip
    (parcel,) = FirstFit([carton])([item("mug")])
    assert (parcel.dimensions, parcel.packaging) == (cm(11, 11, 11), "TUBE")


def test_volume_is_filled_to_the_stated_share() -> None:
    """Of 1000 cm³ at most 800: eight mugs of 100 cm³, not nine."""
    mug = cm(10, 5, 2)
    packer = FirstFit([box("cube", cm(10, 10, 10))], sizes={"mug": mug})
    assert contents(packer([item("mug", 9)])) == [{"mug": 8}, {"mug": 1}]
    full = FirstFit([box("cube", cm(10, 10, 10))], sizes={"mug": mug}, fill=Decimal(1))
    assert contents(full([item("mug", 10)])) == [{"mug": 10}]


def test_long_piece_goes_into_the_long_box_only() -> None:
    """A stick has little volume and does not go into a cube; it may be turned, though."""
    tube = box("tube", cm(5, 5, 100))
    packer = FirstFit([box("cube", cm(30, 30, 30)), tube], sizes={"stick": cm(99, 2, 2), "mug": cm(10, 10, 10)})
    parcels = packer([item("mug"), item("stick")])
    assert [(parcel.dimensions, contents([parcel])) for parcel in parcels] == [
        (cm(30, 30, 30), [{"mug": 1}]),
        (cm(5, 5, 100), [{"stick": 1}]),
    ]


def test_first_parcel_that_still_takes_it_is_filled() -> None:
    """Large pieces first, small ones into the gaps."""
    parcels = FirstFit([SMALL])([item("pen", 3, grams(100)), item("book", 2, grams(700))])
    assert contents(parcels) == [{"pen": 3, "book": 1}, {"book": 1}]


def test_bulky_pieces_come_before_heavy_ones() -> None:
    """What is bulky begins the parcels; what is heavy and small finds a gap, and the other way round it would not."""
    packer = FirstFit([box("cube", cm(10, 10, 10))], sizes={"lead": cm(5, 5, 5), "foam": cm(10, 10, 7)})
    assert contents(packer([item("lead", 1, grams(900)), item("foam", 2, grams(10))])) == [
        {"foam": 1},
        {"foam": 1},
        {"lead": 1},
    ]


def test_sizes_may_come_from_a_function() -> None:
    """A shop's sizes are in a database, not in a mapping."""
    packer = FirstFit([box("cube", cm(10, 10, 10))], sizes=lambda packed: cm(9, 9, 9) if packed.sku == "mug" else None)
    assert contents(packer([item("mug", 2)])) == [{"mug": 1}, {"mug": 1}]


@pytest.mark.parametrize(
    ("packer", "items", "words", "field"),
    [
        pytest.param(
            FirstFit([SMALL]), [ParcelItem(sku="mug", title="Mug", quantity=1)], ["weight of article mug"],
            "ParcelItem.weight", id="weight-unknown",
        ),
        pytest.param(
            FirstFit([SMALL], sizes={}), [item("mug")], ["size of order line line-mug"], "FirstFit.sizes", id="size-unknown"
        ),
        pytest.param(
            FirstFit([SMALL]), [item("pen"), item("anvil", 1, grams(1001))], ["line-anvil", "too heavy"],
            "ParcelItem.weight", id="too-heavy",
        ),
        pytest.param(
            FirstFit([SMALL], sizes={"stick": cm(11, 1, 1)}), [item("stick")], ["line-stick", "too large"],
            "FirstFit.sizes", id="too-long",
        ),
        pytest.param(
            FirstFit([SMALL], sizes={"cube": cm(10, 10, 10)}), [item("cube")], ["line-cube", "too large"],
            "FirstFit.sizes", id="too-bulky-for-the-share",
        ),
        pytest.param(
            FirstFit([SMALL, box("sheet", cm(50, 50, 1), most=grams(100))], sizes={"map": cm(40, 40, 1)}),
            [item("map", 1, grams(60))], ["line-map", "too heavy"], "ParcelItem.weight", id="too-heavy-for-the-box-it-fits",
        ),
        pytest.param(
            FirstFit([box("bag", cm(9, 9, 9), empty=grams(0))]), [item("air", 1, grams(0))], ["line-air", "weigh nothing"],
            "ParcelItem.weight", id="weighs-nothing",
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_packed_is_named(
    packer: FirstFit, items: list[ParcelItem], words: list[str], field: str
) -> None:
    """Whoever packs must know which article to weigh, measure or send otherwise."""
    with pytest.raises(InvalidValueError) as caught:
        packer(items)
    for word in words:
        assert word in str(caught.value)
    assert caught.value.field == field


@pytest.mark.parametrize(
    ("make", "field"),
    [
        pytest.param(lambda: FirstFit([]), "FirstFit.boxes", id="no-box"),
        pytest.param(lambda: FirstFit([SMALL], fill=Decimal("1.01")), "FirstFit.fill", id="fuller-than-full"),
        pytest.param(lambda: FirstFit([SMALL], fill=Decimal(0)), "FirstFit.fill", id="nothing-in-it"),
        pytest.param(lambda: FirstFit([SMALL], fill=cast("Any", 0.8)), "FirstFit.fill", id="float"),
        pytest.param(lambda: box(" ", cm(1, 1, 1)), "Box.name", id="no-name"),
        pytest.param(lambda: box("x", cm(1, 1, 1), empty=grams(9), most=grams(9)), "Box.max_weight", id="no-room"),
    ],
)
def test_impossible_boxes_are_refused(make: object, field: str) -> None:
    """A box that holds nothing would be found out at the packing table."""
    assert callable(make)
    with pytest.raises(InvalidValueError) as caught:
        make()
    assert caught.value.field == field


def test_weights_of_different_units_add_up_exactly() -> None:
    """Three ounces and a gram: an ounce is 28.349523125 g by definition."""
    bag = Box(name="bag", inner=cm(9, 9, 9), empty_weight=grams(1))
    ounces = Weight(value=Decimal(1), unit=WeightUnit.OUNCE)
    (parcel,) = FirstFit([bag])([item("pen", 3, ounces)])
    assert parcel.weight == Weight(value=Decimal("86.048569375"), unit=WeightUnit.GRAM)
    pound_bag = Box(name="bag", inner=cm(9, 9, 9), empty_weight=Weight(value=Decimal("0.5"), unit=WeightUnit.OUNCE))
    (parcel,) = FirstFit([pound_bag])([item("pen", 3, ounces)])
    assert parcel.weight == Weight(value=Decimal("3.5"), unit=WeightUnit.OUNCE)


def test_pack_takes_an_order_and_any_function() -> None:
    """A packer is a function; it need not know of this library's classes."""
    order = make_order(lines=[make_order_line(id="a", quantity=2)])

    def one_each(items: Sequence[ParcelItem], /) -> list[Parcel]:
        return [
            Parcel(weight=grams(400), items=[ParcelItem(title=i.title, sku=i.sku, quantity=1, order_line_id="a")])
            for i in items
            for _ in range(i.quantity)
        ]

    assert len(pack(order, one_each)) == 2


def test_order_with_nothing_open_is_no_parcel() -> None:
    """An empty box must not be sent."""
    order = make_order(lines=[make_order_line(unfulfilled_quantity=0)])
    assert pack(order, FirstFit([SMALL])) == ()


@pytest.mark.parametrize(
    ("packed", "words"),
    [
        pytest.param([item("mug", 1)], "given 2 of order line line-mug and packed 1", id="lost"),
        pytest.param([item("mug", 3)], "given 2 of order line line-mug and packed 3", id="twice"),
        pytest.param([item("mug", 2), item("pen")], "given 0 of order line line-pen and packed 1", id="not-asked-for"),
        pytest.param([], "given 2 of order line line-mug and packed 0", id="empty"),
    ],
)
def test_packer_that_loses_or_adds_is_found_out(packed: list[ParcelItem], words: str) -> None:
    """Before a label is bought, not when the customer writes."""
    with pytest.raises(InvalidValueError, match=words) as caught:
        pack([item("mug", 2)], lambda _items: [Parcel(weight=grams(1), items=packed)])
    assert caught.value.field == "Parcel.items"


WEIGHTS = st.builds(
    Weight,
    value=st.decimals(min_value="0.001", max_value="900", places=3, allow_nan=False),
    unit=st.sampled_from([WeightUnit.GRAM, WeightUnit.OUNCE]),
)
SIDES = st.decimals(min_value="0.1", max_value="30", places=1, allow_nan=False)
SIZES = st.builds(
    Dimensions, length=SIDES, width=SIDES, height=SIDES, unit=st.sampled_from([LengthUnit.CENTIMETER, LengthUnit.INCH])
)
SHELF = (
    box("cube", cm(80, 80, 80), most=grams(30000)),
    box("flat", cm(100, 90, 100), most=grams(26000)),
    box("huge", cm(120, 120, 120), empty=grams(2000), most=grams(40000)),
)


@st.composite
def goods(draw: st.DrawFn) -> list[tuple[ParcelItem, Dimensions]]:
    drawn = draw(st.lists(st.tuples(st.integers(1, 60), WEIGHTS, SIZES), min_size=1, max_size=8))
    return [(item(f"sku-{place}", count, weight), size) for place, (count, weight, size) in enumerate(drawn)]


def _cubic(size: Dimensions) -> Fraction:
    factor = Fraction(254, 10) if size.unit is LengthUnit.INCH else Fraction(10)
    return Fraction(size.length) * Fraction(size.width) * Fraction(size.height) * factor**3


def _grams(weight: Weight) -> Fraction:
    return Fraction(weight.value) * (Fraction("28.349523125") if weight.unit is WeightUnit.OUNCE else 1)


@given(goods(), st.sampled_from(["0.5", "0.8", "1"]))
def test_nothing_is_lost_and_no_limit_is_broken(wanted: list[tuple[ParcelItem, Dimensions]], fill: str) -> None:
    """The whole promise of the class, counted again with fractions."""
    sizes = {str(packed.sku): size for packed, size in wanted}
    packer = FirstFit(SHELF, sizes=sizes, fill=Decimal(fill))
    parcels = packer([packed for packed, _ in wanted])
    count: Counter[str | None] = Counter()
    for parcel in parcels:
        used = next(kind for kind in SHELF if kind.inner == parcel.dimensions)
        inside = sum((_grams(i.weight) * i.quantity for i in parcel.items if i.weight), Fraction(0))
        assert _grams(parcel.weight) == inside + _grams(used.empty_weight)
        assert used.max_weight is not None
        assert _grams(parcel.weight) <= _grams(used.max_weight)
        volume = sum((_cubic(sizes[str(i.sku)]) * i.quantity for i in parcel.items), Fraction(0))
        assert volume <= _cubic(used.inner) * Fraction(fill)
        assert parcel.items
        count.update({i.order_line_id: i.quantity for i in parcel.items})
    assert count == Counter({packed.order_line_id: packed.quantity for packed, _ in wanted})


@given(goods(), st.permutations(SHELF))
def test_order_of_the_boxes_does_not_matter(wanted: list[tuple[ParcelItem, Dimensions]], shelf: list[Box]) -> None:
    """The same order must be packed the same way today and tomorrow, on every worker."""
    items = [packed for packed, _ in wanted]
    sizes = {str(packed.sku): size for packed, size in wanted}
    assert FirstFit(shelf, sizes=sizes)(items) == FirstFit(SHELF, sizes=sizes)(items)


@given(goods())
def test_a_new_parcel_is_begun_only_when_no_earlier_one_takes_the_piece(
    wanted: list[tuple[ParcelItem, Dimensions]],
) -> None:
    """By weight alone: were two parcels light enough for one box, one of them would not be there."""
    heaviest = max(_grams(kind.max_weight) - _grams(kind.empty_weight) for kind in SHELF if kind.max_weight)
    parcels = FirstFit(SHELF)([packed for packed, _ in wanted])
    inside = [sum((_grams(i.weight) * i.quantity for i in parcel.items if i.weight), Fraction(0)) for parcel in parcels]
    for place, weight in enumerate(inside):
        for later in inside[place + 1 :]:
            assert weight + later > heaviest
