"""The values of parameters: what their texts mean, and which mean nothing."""

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from togglebox.configs.values import MAX_DEPTH, ValueType, depth_of, typed
from togglebox.errors import Invalid

json_documents: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner, max_size=4)
    ),
    max_leaves=10,
)


def refused(value_type: ValueType, text: str) -> str:
    with pytest.raises(Invalid) as refusal:
        typed(value_type, text)
    (detail,) = refusal.value.details
    return str(detail)


@given(st.text())
def test_a_string_is_its_text(text: str) -> None:
    assert typed(ValueType.STRING, text) == text


@pytest.mark.parametrize(("text", "value"), [("true", True), ("false", False)])
def test_a_boolean_is_one_of_two_words(text: str, value: bool) -> None:  # noqa: FBT001  # it is the value
    assert typed(ValueType.BOOLEAN, text) is value


@given(st.text().filter(lambda text: text not in ("true", "false")))
def test_no_other_word_is_a_boolean(text: str) -> None:
    assert refused(ValueType.BOOLEAN, text) == "defaultValue: must be true or false for a boolean"


@given(st.integers(-(10**300), 10**300) | st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_is_what_json_writes_for_it(number: float) -> None:
    value = typed(ValueType.NUMBER, json.dumps(number))

    assert (type(value), value) == (type(number), number)


@pytest.mark.parametrize(
    "text",
    ["", "12abc", "0x10", "1e999", "-1e999", "NaN", "Infinity", "-", "--1", "1.", ".1", "00", "-01", "1e", "1 ", "1,0",
     "1_0", "1" * 401, "1e-" + "9" * 5_000, "²", "true"],
)  # fmt: skip
def test_what_json_does_not_write_for_a_number_is_none(text: str) -> None:
    assert refused(ValueType.NUMBER, text) == "defaultValue: must be a finite number, as JSON writes it"


@given(json_documents)
def test_a_document_is_read_as_it_was_written(document: Any) -> None:
    value = typed(ValueType.JSON, json.dumps(document))

    assert json.dumps(value) == json.dumps(document)


@given(
    st.text() | json_documents.map(json.dumps).flatmap(lambda text: st.sampled_from([text[:-1], text + "x", text * 2]))
)
def test_a_text_is_a_document_or_is_refused(text: str) -> None:
    try:
        value = typed(ValueType.JSON, text)
    except Invalid:
        return
    assert json.dumps(value, allow_nan=False).encode()
    assert not (isinstance(value, float) and math.isnan(value))


@pytest.mark.parametrize(
    "text", ["NaN", "[Infinity]", '{"a":-Infinity}', "1e999", '"\\ud800"', "[" * 100_000, "9" * 5_000]
)
def test_what_other_readers_could_not_parse_is_no_document(text: str) -> None:
    assert refused(ValueType.JSON, text) == "defaultValue: must be valid JSON"


def test_a_document_is_nested_64_levels_deep_and_not_deeper() -> None:
    assert depth_of(typed(ValueType.JSON, "[" * 65 + "]" * 65)) == MAX_DEPTH

    assert refused(ValueType.JSON, "[" * 66 + "]" * 66).endswith("must not be nested more than 64 levels deep")


@pytest.mark.parametrize(
    ("value", "depth"),
    [(1, 0), ([], 0), ({}, 0), ([1], 1), ({"a": [1]}, 2), ([[], [[]], {}], 2), ({"a": {"b": {}}}, 2)],
)
def test_depth_counts_the_levels_inside(value: object, depth: int) -> None:
    assert depth_of(value) == depth
