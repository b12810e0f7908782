"""Reading a request's JSON body into its model; imported only by functions that read one."""

from collections.abc import Mapping
from typing import Any, Final

from pydantic import BaseModel, ValidationError

from togglebox.errors import Invalid, Malformed
from togglebox.text import PLAIN, PLAIN_SENTENCE

MAX_DETAILS: Final = 20

SENTENCES: Final[Mapping[str, str]] = {
    "missing": "Required",
    "extra_forbidden": "is not a field here",
    "string_type": "must be a string",
    "string_too_short": "must have at least {min_length} character(s)",
    "string_too_long": "must have at most {max_length} characters",
    "string_pattern_mismatch": "must match {pattern}",
    "bool_type": "must be true or false",
    "dict_type": "must be an object",
    "list_type": "must be a list",
    "enum": "must be one of {expected}",
    "model_type": "must be an object",
    "model_attributes_type": "must be an object",
}
"""What is said of each fault that pydantic finds, where its own words are not for readers of an API."""


def read_json(model: type[BaseModel], content: bytes) -> BaseModel:
    """
    Parse *content* as *model*.

    Raises:
        Malformed: it is no JSON, or not in UTF-8.
        Invalid: it breaks the model's rules: ``path: sentence`` for each fault, ``: Required`` for an empty body,
            unless the model's may be absent.
    """
    if not content.strip():
        if may_be_absent(model):
            return model()
        raise Invalid(": Required")
    try:
        return model.model_validate_json(content)
    except ValidationError as error:
        faults = error.errors(include_url=False, include_input=False)
    if faults[0]["type"] == "json_invalid":
        reason = faults[0]["ctx"]["error"]
        raise Malformed(f"The body is not valid JSON: {reason}")
    raise Invalid(*(f"{'.'.join(map(str, fault['loc']))}: {_sentence(fault)}" for fault in faults[:MAX_DETAILS]))


def may_be_absent(model: type[BaseModel]) -> bool:
    """
    Tell whether a request without a body stands for one without fields.

    A model says so itself (``MAY_BE_ABSENT``): where nothing has to be said, as to start an experiment. To change
    something, all fields are optional too, but who sends nothing has forgotten something.
    """
    return getattr(model, "MAY_BE_ABSENT", False)


def _sentence(fault: Any) -> str:
    if fault.get("ctx") == {"pattern": PLAIN}:
        return PLAIN_SENTENCE
    sentence = SENTENCES.get(fault["type"])
    if sentence is not None:
        return sentence.format(**fault.get("ctx", {}))
    return str(fault["msg"]).removeprefix("Value error, ")
