"""Every public name of the design contract is there, with its shape.

The contract is a stub in the project's design folder, beside the checkout; without it this is skipped, by name.
"""

import ast
import enum
import importlib
import inspect
from pathlib import Path

import attrs
import pytest

import cartcarrier

CONTRACT = Path(__file__).parents[2].parent / "shared" / "design" / "contract.pyi"
pytestmark = pytest.mark.skipif(
    not CONTRACT.exists(), reason="the design contract (../shared/design/contract.pyi) is absent"
)

TREE = ast.parse(CONTRACT.read_text()) if CONTRACT.exists() else ast.Module(body=[], type_ignores=[])
CLASSES = {node.name: node for node in TREE.body if isinstance(node, ast.ClassDef)}
FUNCTIONS = {node.name: node for node in TREE.body if isinstance(node, ast.FunctionDef)}
ELSEWHERE = {"TokenStore": "cartcarrier.http", "LimitStore": "cartcarrier.http"}
# the four driver settings that the stub sums up as **same
SAME = {"account", "transport", "hosts", "tokens", "limits", "keep_raw", "settings"}


def find(name: str) -> object:
    return getattr(importlib.import_module(ELSEWHERE.get(name, "cartcarrier")), name)


@pytest.mark.parametrize("name", sorted({*CLASSES, *FUNCTIONS, "Chooser"}))
def test_name_is_public(name: str) -> None:
    """Programs import these names."""
    assert find(name) is not None
    if name not in ELSEWHERE:
        assert name in cartcarrier.__all__


@pytest.mark.parametrize("name", sorted(CLASSES))
def test_class_has_its_members(name: str) -> None:
    """Programs use these attributes, values and methods."""
    cls = find(name)
    assert isinstance(cls, type)
    fields = {field.name for field in attrs.fields(cls)} if attrs.has(cls) else set()
    for node in CLASSES[name].body:
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            member = node.target.id
            annotated = any(member in getattr(base, "__annotations__", {}) for base in cls.__mro__)
            assert member in fields or hasattr(cls, member) or annotated, f"{name}.{member}"
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            check_function(getattr(cls, node.name), node, f"{name}.{node.name}")
        elif isinstance(node, ast.Assign):
            check_enum(cls, node, name)


def check_enum(cls: type, node: ast.Assign, name: str) -> None:
    targets = node.targets[0]
    names = (
        [e.id for e in targets.elts if isinstance(e, ast.Name)]
        if isinstance(targets, ast.Tuple)
        else [targets.id]
        if isinstance(targets, ast.Name)
        else []
    )
    assert issubclass(cls, enum.StrEnum), name
    for member in names:
        assert member in cls.__members__, f"{name}.{member}"
    if isinstance(node.value, ast.Tuple):
        values = [ast.literal_eval(e) for e in node.value.elts]
        assert [cls[member].value for member in names] == values


def check_function(function: object, node: ast.FunctionDef | ast.AsyncFunctionDef, name: str) -> None:
    assert callable(function), name
    signature = inspect.signature(function)
    parameters = signature.parameters
    wanted = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
    for argument in wanted:
        assert argument.arg in parameters, f"{name}({argument.arg}=)"
    for argument in node.args.kwonlyargs:
        assert parameters[argument.arg].kind is inspect.Parameter.KEYWORD_ONLY, (
            f"{name}({argument.arg}=) is keyword-only"
        )
    positional = [a.arg for a in (*node.args.posonlyargs, *node.args.args)]
    assert list(parameters)[: len(positional)] == positional, f"{name}: the positional parameters, in order"
    if isinstance(node, ast.AsyncFunctionDef):
        assert inspect.iscoroutinefunction(function), f"{name} is async"
    elif "AsyncIterator" in ast.unparse(node.returns or ast.Constant(value=None)):
        assert not inspect.iscoroutinefunction(function), f"{name} returns an async iterator"


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
def test_function_has_its_parameters(name: str) -> None:
    """Programs call these functions."""
    node = FUNCTIONS[name]
    function = find(name)
    if node.args.kwarg and node.args.kwarg.arg == "same":
        assert callable(function)
        assert set(inspect.signature(function).parameters) >= SAME
    else:
        check_function(function, node, name)


def test_error_tree_is_that_of_the_contract() -> None:
    """Programs catch by these classes."""
    errors = importlib.import_module("cartcarrier.errors")
    operation = errors.OperationError
    assert issubclass(operation, errors.CartCarrierError)
    assert issubclass(errors.InvalidValueError, ValueError)
    for name in ("DriverNotFoundError", "DriverLoadError"):
        assert issubclass(getattr(errors, name), errors.ConfigurationError)
    for name in (
        "UnsupportedOperationError",
        "OrderChangedError",
        "RateExpiredError",
        "IdempotencyConflictError",
        "PurchaseUncertainError",
    ):
        assert issubclass(getattr(errors, name), errors.CartCarrierError)
        assert not issubclass(getattr(errors, name), operation)
    provider = (
        "AuthenticationError",
        "PermissionDeniedError",
        "NotFoundError",
        "ConflictError",
        "RejectedError",
        "RateLimitError",
        "UnavailableError",
        "ResponseError",
    )
    for name in provider:
        assert issubclass(getattr(errors, name), errors.ProviderError)
    for name in ("AddressRejectedError", "ServiceUnavailableForLaneError", "InsufficientFundsError"):
        assert issubclass(getattr(errors, name), errors.RejectedError)
    assert issubclass(errors.TransportError, operation)
    assert not issubclass(errors.TransportError, errors.ProviderError)


def test_events_are_those_of_the_contract() -> None:
    """Webhook handlers match on these classes."""
    for name in (
        "OrderChanged",
        "OrderCancelled",
        "FulfillmentChanged",
        "InventoryChanged",
        "TrackingUpdated",
        "AccountRevoked",
        "PersonalDataRequest",
    ):
        cls = getattr(cartcarrier, name)
        assert issubclass(cls, cartcarrier.Event)
        assert {"id", "account", "occurred_at"} <= {field.name for field in attrs.fields(cls)}


@pytest.mark.parametrize(
    "name",
    [
        name
        for name, node in CLASSES.items()
        if any(isinstance(b, ast.AnnAssign) for b in node.body) and name not in {"Driver", "SupportsLabels"}
    ],
)
def test_model_is_frozen_with_slots(name: str) -> None:
    """What was read cannot be changed by whoever reads it."""
    cls = find(name)
    assert isinstance(cls, type)
    assert attrs.has(cls)
    assert not hasattr(cls, "__dict__") or "__slots__" in cls.__dict__
    assert all(field.kw_only for field in attrs.fields(cls))
