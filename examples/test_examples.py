"""The examples of the documentation run, and end as they say."""

import functools
import re
import subprocess
import sys
from collections import Counter
from enum import Enum
from pathlib import Path

import pytest

from cartcarrier import models

HERE = Path(__file__).parent
SCRIPTS = sorted(path.name for path in HERE.glob("*.py") if not path.name.startswith("test_"))


@functools.cache
def run(script: str) -> tuple[int, tuple[str, ...], str]:
    """Run a script once, and return its status, its lines, and what it complained of."""
    done = subprocess.run(  # noqa: S603 - our own file
        [sys.executable, "-W", "error", str(HERE / script)], capture_output=True, text=True, check=False
    )
    return done.returncode, tuple(done.stdout.splitlines()), done.stderr


@pytest.mark.parametrize("script", SCRIPTS)
def test_example_runs(script: str) -> None:
    """A reader copies these."""
    status, _, complaints = run(script)
    assert status == 0, complaints


def test_first_shipment_is_followed_until_it_arrives() -> None:
    """The tutorial promises it."""
    _, lines, _ = run("first_shipment.py")
    assert "confirmed 1Z" in lines[0]
    assert lines[1] == "label: .gif"
    assert lines[-1].endswith(" delivered")


def test_every_channel_is_told_what_is_left_less_its_buffer() -> None:
    """Twelve were counted, four were sold since; eBay keeps one back, Shopify two."""
    _, lines, _ = run("several_channels.py")
    assert {"stock: amazon:default 8", "stock: ebay:default 7", "stock: shopify:default 6"} <= set(lines)
    assert sum(line.startswith("stock: ") and " accepted" in line for line in lines) == 3


def test_each_order_leaves_from_where_its_goods_are() -> None:
    """Three go by carrier, one from Amazon's warehouse, and its channel is told of that one, too."""
    _, lines, _ = run("several_channels.py")
    confirmed = Counter(line.split()[0] for line in lines if " confirmed usps:" in line)
    assert confirmed == {"amazon:default": 1, "ebay:default": 1, "shopify:default": 1}
    assert "shopify:default handed to amazon-mcf:default" in lines
    assert lines[-1] == "shopify:default amazon-mcf:default shipped confirmed"


def test_three_carriers_are_compared_and_the_labels_are_one_pdf() -> None:
    """The parcel abroad is quoted by all three, bought from the cheapest, printed with the others and delivered."""
    _, lines, _ = run("three_carriers.py")
    abroad = [line for line in lines if line.startswith("#1003: ")]
    assert {line.split()[1] for line in abroad} >= {"ups:default", "fedex:default", "usps:default"}
    assert any("is the cheapest of" in line for line in abroad)
    assert sum(": confirmed " in line for line in lines) == 3
    assert "pages: 4" in lines
    assert sum(line.endswith(" delivered") for line in lines) == 3


def test_models_page_names_every_model_and_every_value() -> None:
    """The page is ordered by what models are for, so nothing puts a new one there by itself."""
    page = (HERE.parent / "docs" / "reference" / "models.md").read_text()
    named = re.findall(r"^::: cartcarrier\.models\.(\w+)$", page, re.MULTILINE)
    assert sorted(named) == sorted(models.__all__)
    for name in models.__all__:
        kind = getattr(models, name)
        if isinstance(kind, type) and issubclass(kind, Enum):
            values = ", ".join(f"`{member.name}`" for member in kind)
            assert f"- [`{name}`][cartcarrier.models.{name}]: {values}\n" in page
