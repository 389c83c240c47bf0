"""The rooms of the library import one way only. This walks every import, also those inside functions."""

import ast
from pathlib import Path

import pytest

SOURCE = Path(__file__).parent.parent / "src" / "cartcarrier"
CORE = {"models", "errors"}
INTERFACES = {"drivers", "channels", "carriers", "providers"}
# room -> rooms it may import; a room may always import itself. Why each arrow is there: docs/explanation/architecture.md
ALLOWED: dict[str, set[str]] = {
    "errors": set(),
    "models": {"errors"},
    "http": CORE,
    "drivers": CORE | {"http"},
    "channels": CORE | {"drivers"},
    "carriers": CORE | {"drivers"},
    "providers": CORE | {"drivers"},
    "platforms": CORE | {"http"},
    "tracking_numbers": CORE,
    "packing": CORE,
    "labels": CORE,
    "channel driver": CORE | {"http", "drivers", "channels", "platforms"},
    "carrier driver": CORE | {"http", "drivers", "carriers", "platforms", "tracking_numbers"},
    "provider driver": CORE | {"http", "drivers", "providers", "platforms"},
    "registry": CORE | INTERFACES | {"http"},
    "ledger": CORE | {"http"},
    "fulfillment": CORE | INTERFACES | {"ledger", "http", "tracking_numbers", "packing"},
    "fulfiller": CORE | INTERFACES | {"ledger", "http", "fulfillment", "registry"},
    "sync": CORE | INTERFACES | {"fulfiller", "fulfillment", "registry", "http", "ledger"},
    "sandbox": {"registry", "http", "errors", "drivers", "channels", "carriers", "providers"},
    "testing": CORE | INTERFACES | {"http", "registry", "sandbox", "fulfiller", "fulfillment", "ledger"},
    "cli": CORE | INTERFACES | {"http", "registry", "sandbox", "fulfiller", "fulfillment", "ledger", "sync", "labels"},
    "cartcarrier": CORE | INTERFACES | {"registry", "fulfiller", "fulfillment"},
}
DRIVER_ROOMS = {"channels": "channel driver", "carriers": "carrier driver", "providers": "provider driver"}
DRIVER_ARROWS = {
    "config": set(),
    "codes": set(),
    "schemas": set(),
    "options": set(),
    "errors": {"codes", "schemas", "config"},
    "auth": {"config", "schemas", "errors", "codes"},
    "client": {"auth", "schemas", "errors", "config", "codes", "documents"},
    "mapping": {"schemas", "codes", "config", "options"},
    "webhooks": {"schemas", "codes", "config", "mapping", "errors"},
    "documents": set(),
    "driver": {"client", "mapping", "config", "auth", "webhooks", "codes", "options", "schemas", "errors"},
    "__init__": {"driver", "config", "options", "auth", "webhooks"},
}


def room_of(parts: tuple[str, ...]) -> str:
    """Return the room that a module's path below the package is in."""
    head = parts[0].removesuffix(".py") if parts else "cartcarrier"
    if head in {"__init__", ""}:
        return "cartcarrier"
    if head == "__main__":
        return "cli"
    if head in DRIVER_ROOMS and len(parts) > 2:
        return DRIVER_ROOMS[head]
    return head


def imports_of(path: Path) -> list[str]:
    """Return every module of ours that a file imports, except for the type checker only."""
    tree = ast.parse(path.read_text())
    skipped: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            skipped |= {id(child) for child in ast.walk(node)} if path.name != "__init__.py" else set()
    found: list[str] = []
    for node in ast.walk(tree):
        if id(node) in skipped:
            continue
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "cartcarrier":
            found += [node.module] if node.module != "cartcarrier" else [f"cartcarrier.{a.name}" for a in node.names]
        elif isinstance(node, ast.Import):
            found += [alias.name for alias in node.names if alias.name.split(".")[0] == "cartcarrier"]
    return found


FILES = sorted(path for path in SOURCE.rglob("*.py"))


def target_parts(module: str) -> tuple[str, ...]:
    parts = tuple(module.split(".")[1:])
    # a driver's package counts as the driver, the interface's own modules (_interface) as the interface
    if len(parts) > 1 and parts[0] in DRIVER_ROOMS and not parts[1].startswith("_"):
        return (parts[0], parts[1], "x")
    return parts


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_imports_follow_the_arrows(path: Path) -> None:
    """An arrow against the table is how a core room comes to know a driver."""
    parts = path.relative_to(SOURCE).parts
    room = room_of(parts)
    for module in imports_of(path):
        target = target_parts(module)
        other = room_of(target) if target else "cartcarrier"
        if other == room and room not in DRIVER_ROOMS.values():
            continue
        if other in DRIVER_ROOMS.values():
            # the command line may use what is public of a driver: its package
            public = room == "cli" and module.count(".") == 2
            assert public or parts[:2] == target[:2], f"{path} imports the driver {module}"
            continue
        assert other in ALLOWED[room], f"{path} ({room}) imports {module} ({other})"


@pytest.mark.parametrize(
    "path",
    [p for p in FILES if room_of(p.relative_to(SOURCE).parts) in DRIVER_ROOMS.values()],
    ids=lambda path: str(path.relative_to(SOURCE)),
)
def test_rooms_of_a_driver_follow_the_arrows(path: Path) -> None:
    """Mapping that did I/O, or a schema that knew the client, could not be tested without a server."""
    parts = path.relative_to(SOURCE).parts
    own = parts[2].removesuffix(".py")
    package = f"cartcarrier.{parts[0]}.{parts[1]}"
    for module in imports_of(path):
        if not module.startswith(package + "."):
            continue
        other = module.removeprefix(package + ".").split(".")[0]
        if other != own:
            assert own in DRIVER_ARROWS, f"{path}: {own} is not a room of a driver"
            assert other in DRIVER_ARROWS[own], f"{path} ({own}) imports {module}"


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_only_the_http_room_imports_the_http_library(path: Path) -> None:
    """One room translates its errors and holds its time-outs."""
    if path.relative_to(SOURCE).parts[0] == "http":
        return
    tree = ast.parse(path.read_text())
    for node in ast.walk(tree):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom) and node.module:
            names.append(node.module)
        for name in names:
            assert name.split(".")[0] not in {"httpx", "httpx_aiohttp", "aiohttp", "requests"}, f"{path} imports {name}"


@pytest.mark.parametrize(
    "path",
    [
        path
        for path in FILES
        if room_of(path.relative_to(SOURCE).parts)
        in {"models", "errors", "http", "drivers", "ledger", "fulfillment", "fulfiller", "sync", "registry"}
        or path.name == "_interface.py"
    ],
    ids=lambda path: str(path.relative_to(SOURCE)),
)
def test_core_rooms_do_not_branch_on_a_platform(path: Path) -> None:
    """Core code that compares with a driver's name works for that driver only."""
    platforms = {"shopify", "ups", "fedex", "usps", "ebay", "amazon"}
    tree = ast.parse(path.read_text())
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare):
            for part in (node.left, *node.comparators):
                for constant in ast.walk(part):
                    if isinstance(constant, ast.Constant) and isinstance(constant.value, str):
                        assert constant.value.lower() not in platforms, (
                            f"{path}:{node.lineno} compares with {constant.value!r}"
                        )


def test_a_simulator_knows_no_other() -> None:
    """What two platforms share, such as where towns lie, stands above both; one is changed without a look at the other."""
    simulators = {path.name for path in (SOURCE / "sandbox").iterdir() if path.is_dir() and path.name != "__pycache__"}
    for path in (SOURCE / "sandbox").rglob("*.py"):
        own = path.relative_to(SOURCE / "sandbox").parts[0]
        if own in simulators:
            for module in imports_of(path):
                parts = module.split(".")
                other = parts[2] if parts[:2] == ["cartcarrier", "sandbox"] and len(parts) > 2 else own
                assert other not in simulators - {own}, f"{path} imports {module}"
