"""The description of the API: valid, complete, and true of what views become on the wire."""

import json
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from enum import Enum
from types import NoneType, UnionType
from typing import Any, Final, Literal, get_args, get_origin, get_type_hints

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate

import routes
from infra.render import ROOT
from togglebox.edge.encoding import to_wire
from togglebox.edge.openapi import REFUSED, RESPONSES, on_wire
from togglebox.edge.refusals import REFUSALS, refusal_of

DESCRIPTION: Final = json.loads((ROOT / "shared" / "openapi.json").read_text(encoding="utf-8"))
OPERATIONS: Final = {
    operation["operationId"]: operation for item in DESCRIPTION["paths"].values() for operation in item.values()
}


def test_it_is_valid() -> None:
    validate(DESCRIPTION)


def test_every_route_is_described() -> None:
    described = {(method.upper(), path) for path, item in DESCRIPTION["paths"].items() for method in item}

    assert described == {(endpoint.method, path) for endpoint in routes.ENDPOINTS for path in endpoint.paths.values()}


def test_every_operation_has_an_id_of_its_own() -> None:
    assert len(OPERATIONS) == sum(len(endpoint.areas) for endpoint in routes.ENDPOINTS)


def test_every_refusal_has_a_response_and_an_example() -> None:
    assert {type(error) for error in REFUSED} == set(REFUSALS)
    assert {refusal_of(error)[0] for error in REFUSED} | {500} == set(RESPONSES)


@pytest.mark.parametrize("name", OPERATIONS)
def test_an_answer_of_the_product_is_what_the_schema_says(name: str) -> None:
    for status, response in OPERATIONS[name]["responses"].items():
        for content in response.get("content", {}).values():
            assert "example" in content or status == "503"
            if "example" in content:
                validator(content["schema"]).validate(content["example"])


@pytest.mark.parametrize("name", DESCRIPTION["components"]["responses"])
def test_an_example_of_a_refusal_is_what_the_schema_says(name: str) -> None:
    content = DESCRIPTION["components"]["responses"][name]["content"]["application/json"]

    for shown in content["examples"].values():
        validator(content["schema"]).validate(shown["value"])


@pytest.mark.parametrize("name", [name for name, operation in OPERATIONS.items() if "requestBody" in operation])
def test_an_example_of_a_body_is_what_the_schema_says(name: str) -> None:
    schema = OPERATIONS[name]["requestBody"]["content"]["application/json"]["schema"]
    (shown,) = DESCRIPTION["components"]["schemas"][schema["$ref"].rpartition("/")[2]]["examples"]

    validator(schema).validate(shown)


def validator(schema: dict[str, Any]) -> Draft202012Validator:
    """Return what checks values against *schema*, and against nothing that the schema does not say."""
    return Draft202012Validator({**schema, "components": DESCRIPTION["components"]})


def views() -> Iterator[type]:
    """Yield every view that a handler answers with, and those within."""
    waiting: list[Any] = [endpoint.returns for endpoint in routes.ENDPOINTS]
    seen: set[type] = set()
    while waiting:
        shown = waiting.pop()
        waiting += get_args(shown)
        if is_dataclass(shown) and isinstance(shown, type) and shown.__name__.endswith("View") and shown not in seen:
            seen.add(shown)
            waiting += get_type_hints(shown).values()
            yield shown


VIEWS: Final = sorted(views(), key=lambda view: view.__name__)


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.__name__)
def test_a_view_becomes_on_the_wire_what_the_schema_is_made_from(view: type) -> None:
    for shown in (sample(view, optional=True), sample(view, optional=False)):
        expected = on_wire(view).dump_python(shown, mode="json", by_alias=True)

        assert to_wire(shown) == without_unset(expected, view)


def sample(kind: Any, *, optional: bool) -> Any:
    """Return a value of *kind*, with or without what may be absent."""
    origin, inner = get_origin(kind), get_args(kind)
    if is_dataclass(kind) and isinstance(kind, type):
        hints = get_type_hints(kind)
        return kind(**{
            field.name: sample(hints[field.name], optional=optional)
            for field in fields(kind)
            if optional or field.default is not None
        })  # fmt: skip
    if origin is UnionType:
        return sample(next(part for part in inner if part is not NoneType), optional=optional)
    if origin is list:
        return [sample(inner[0], optional=optional)]
    if origin is Literal:
        return inner[0]
    if isinstance(kind, type) and issubclass(kind, Enum):
        return next(iter(kind))
    if kind is Any or origin is not None:
        return {"a": [1, None, "\u00fc"]}
    return {str: "text", int: 7, float: 0.5, bool: True}[kind]


def without_unset(value: Any, view: Any) -> Any:
    """Leave out what is ``None`` by default, as the wire does."""
    if is_dataclass(view) and isinstance(view, type):
        hints = get_type_hints(view)
        wire = dict(zip(value, fields(view), strict=True))
        return {
            name: without_unset(inner, hints[wire[name].name])
            for name, inner in value.items()
            if not (inner is None and wire[name].default is None)
        }
    if get_origin(view) is list:
        return [without_unset(inner, get_args(view)[0]) for inner in value]
    return value


def test_the_sample_views_are_all_there_are() -> None:
    assert {"ParameterView", "ChangeView", "DifferenceView", "PlatformView"} <= {view.__name__ for view in VIEWS}
