"""What callers send about people."""

import re
from typing import Annotated, ClassVar, Final

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from togglebox.auth.passwords import fault
from togglebox.auth.users import normalised


class AccountRequest(BaseModel):
    """A body about accounts: faults are told as ``{field, message}``, and what is no field is refused."""

    BY_FIELD: ClassVar = True
    model_config = ConfigDict(extra="forbid", strict=True, hide_input_in_errors=True)


ADDRESS: Final = re.compile(
    r"(?P<local>[^@\s<>()\[\]\\,;:\"]{1,64})@(?P<domain>(?=.{1,253}$)\w([\w-]{0,61}\w)?(\.\w([\w-]{0,61}\w)?)*)"
)
"""An e-mail address without comments, quotes and address literals: letters of any script on both sides."""


def _email(text: str) -> str:
    text = text.strip()
    if not (text.isprintable() and ADDRESS.fullmatch(text) and ADDRESS.fullmatch(normalised(text))):
        raise ValueError("must be an e-mail address")
    return text


def _name(text: str) -> str:
    text = text.strip()
    if not text or not text.isprintable():
        raise ValueError("must have 1 to 100 printable characters")
    return text


def _password(text: str) -> str:
    found = fault(text)
    if found is not None:
        raise ValueError(found)
    return text


type Email = Annotated[str, Field(min_length=5, max_length=255), AfterValidator(_email)]
type Name = Annotated[str, Field(min_length=1, max_length=100), AfterValidator(_name)]
type NewPassword = Annotated[
    str, Field(json_schema_extra={"minLength": 8, "maxLength": 128}), AfterValidator(_password)
]
type KnownPassword = Annotated[str, Field(min_length=1, max_length=1_000)]
