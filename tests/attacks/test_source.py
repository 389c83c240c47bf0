"""What no test of behaviour can show: secrets are compared in constant time, wherever pushes are verified."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

import cartcarrier

SOURCE: Final = Path(cartcarrier.__file__).parent
ROOMS: Final = sorted(SOURCE.glob("c*/*/webhooks.py"))
SECRETIVE: Final = ("signature", "secret", "hmac", "digest", "credential", "token", "mac")
# Calls whose result came from the wire or is a signature of our own making.
SOURCES: Final = frozenset({"header", "sign", "digest", "hexdigest", "b64encode", "b64decode", "fromhex", "_given"})
# Whose push it is, said by a header field that is no secret.
HARMLESS: Final = {("shopify", "shop != config.shop")}


def test_every_driver_that_takes_pushes_is_scanned() -> None:
    """A room of another name would pass unseen."""
    assert {room.parent.name for room in ROOMS} == {"amazon", "ebay", "fedex", "shopify", "ups", "usps"}


def names(node: ast.AST) -> Iterator[str]:
    """Yield every name in an expression."""
    for part in ast.walk(node):
        if isinstance(part, ast.Name):
            yield part.id
        elif isinstance(part, ast.Attribute):
            yield part.attr


def tainted(function: ast.AST) -> set[str]:
    """Return the names that hold something from a header field, or a signature."""
    found: set[str] = set()
    for _ in range(3):  # what is made from it, and from that
        for node in ast.walk(function):
            if not isinstance(node, ast.Assign | ast.AnnAssign | ast.NamedExpr) or node.value is None:
                continue
            called = {
                name for part in ast.walk(node.value) if isinstance(part, ast.Call) for name in [*names(part.func)][:1]
            }
            if called & SOURCES or found & set(names(node.value)):
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                found |= {name.id for target in targets for name in ast.walk(target) if isinstance(name, ast.Name)}
    return found


def compared_plainly(tree: ast.AST) -> list[str]:
    """Return the comparisons by ``==``, ``!=`` or ``in`` with something secret on a side and no constant on the other."""
    found = []
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    for function in functions:
        secret = tainted(function)
        for node in ast.walk(function):
            if not isinstance(node, ast.Compare):
                continue
            sides = [node.left, *node.comparators]
            plain = any(isinstance(operator, ast.Eq | ast.NotEq | ast.In | ast.NotIn) for operator in node.ops)
            constant = any(isinstance(side, ast.Constant) for side in sides)
            said = {name for side in sides for name in names(side)}
            hidden = said & secret or any(word in name.lower() for name in said for word in SECRETIVE)
            lengths = any(isinstance(side, ast.Call) and "len" in names(side.func) for side in sides)
            if plain and hidden and not constant and not lengths:
                found.append(ast.unparse(node))
    return found


@pytest.mark.parametrize("room", ROOMS, ids=lambda room: room.parent.name)
def test_no_secret_is_compared_plainly(room: Path) -> None:
    """How long ``==`` takes tells how much of a forgery is right already."""
    found = compared_plainly(ast.parse(room.read_text(encoding="utf-8")))
    assert [text for text in found if (room.parent.name, text) not in HARMLESS] == []


@pytest.mark.parametrize(
    "room", [room for room in ROOMS if room.parent.name != "amazon"], ids=lambda room: room.parent.name
)
def test_signatures_are_left_to_those_who_can(room: Path) -> None:
    """The other half: something does compare, and in constant time."""
    calls = {
        ast.unparse(node.func)
        for node in ast.walk(ast.parse(room.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
    }
    assert "hmac.compare_digest" in calls or any(name.endswith("public.verify") for name in calls)


def test_amazons_room_has_nothing_to_compare() -> None:
    """Were Amazon to sign one day, this test would ask for a look."""
    source = (SOURCE / "channels" / "amazon" / "webhooks.py").read_text(encoding="utf-8")
    assert "hmac" not in source
    assert "not signed" in source


@pytest.mark.parametrize(
    "line",
    [
        "ok = given == wanted",
        "ok = hmac.new(secret, body, 'sha256').digest() == given",
        "ok = config.webhook_secret == other",
        "ok = given in candidates",
        "ok = not (credential != given)",
        "made = sign(config, body); ok = made == other",
    ],
)
def test_scan_can_fail(line: str) -> None:
    """A harness that cannot fail proves nothing."""
    code = f"def verify(request, config):\n    given = request.header('x')\n    {line}\n    return ok\n"
    assert compared_plainly(ast.parse(code))


def test_scan_lets_other_comparisons_be() -> None:
    """Words of a protocol and lengths are no secrets."""
    code = "def read(key, body):\n    return key.digest == 'SHA256' and len(body) > MAX and method == 'GET'\n"
    assert compared_plainly(ast.parse(code)) == []
