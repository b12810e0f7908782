"""What callers send about people."""

import re
from typing import Annotated, Final

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from togglebox.auth.passwords import fault
from togglebox.auth.permissions import Role
from togglebox.auth.users import normalised
from togglebox.errors import Refused

ADDRESS: Final = re.compile(
    r"(?P<local>[^@\s<>()\[\]\\,;:\"]{1,64})@(?P<domain>(?=.{1,253}$)\w([\w-]{0,61}\w)?(\.\w([\w-]{0,61}\w)?)*)"
)
"""An e-mail address without comments, quotes and address literals: letters of any script on both sides."""


def _email(text: str) -> str:
    text = text.strip(" ")
    if not (text.isprintable() and ADDRESS.fullmatch(text) and ADDRESS.fullmatch(normalised(text))):
        raise ValueError("must be an e-mail address")
    return text


def _name(text: str) -> str:
    text = text.strip(" ")
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
type MailedToken = Annotated[str, Field(min_length=32, max_length=256)]
type KnownPassword = Annotated[str, Field(min_length=1, max_length=1_000)]

RESET_TOKEN: Final = "5f8c0d3e9a1b47c6" * 4
"""Of nobody: what examples show."""


class Registration(BaseModel):
    """A person who wants an account; a role that comes along is ignored, as all that is no field."""

    model_config = ConfigDict(
        extra="ignore",
        strict=True,
        json_schema_extra={"examples": [{"name": "Ada", "email": "ada@example.com", "password": "Difference1843"}]},
    )

    name: Name
    email: Email
    password: NewPassword


class NewUser(BaseModel):
    """A person to whom an administrator gives an account."""

    model_config = ConfigDict(
        extra="forbid",
        strict=True,
        json_schema_extra={
            "examples": [
                {"name": "Grace", "email": "grace@example.com", "password": "Compiler1952", "role": "developer"}
            ]
        },
    )

    name: Name
    email: Email
    password: NewPassword
    role: Role = Role.VIEWER


class Login(BaseModel):
    model_config = ConfigDict(
        extra="forbid",
        strict=True,
        json_schema_extra={"examples": [{"email": "admin@example.com", "password": "Loom1801pattern"}]},
    )

    email: Email
    password: KnownPassword


class NewProfile(BaseModel):
    """What people change about themselves."""

    model_config = ConfigDict(extra="forbid", strict=True, json_schema_extra={"examples": [{"name": "Ada L."}]})

    name: Name = ""

    def changes(self) -> dict[str, str]:
        """Return the fields that were sent."""
        return self.model_dump(exclude_unset=True)


class PasswordChange(BaseModel):
    model_config = ConfigDict(
        extra="forbid",
        strict=True,
        alias_generator=to_camel,
        json_schema_extra={"examples": [{"currentPassword": "Loom1801pattern", "newPassword": "Engine1837plan"}]},
    )

    current_password: KnownPassword
    new_password: NewPassword


class ResetRequest(BaseModel):
    """Whose password is forgotten."""

    model_config = ConfigDict(
        extra="forbid", strict=True, json_schema_extra={"examples": [{"email": "ada@example.com"}]}
    )

    email: Email


class ResetToken(BaseModel):
    """The token that was mailed."""

    model_config = ConfigDict(extra="forbid", strict=True, json_schema_extra={"examples": [{"token": RESET_TOKEN}]})

    token: MailedToken


class ResetPassword(BaseModel):
    """The token that was mailed, and the password that its bearer wants."""

    model_config = ConfigDict(
        extra="forbid",
        strict=True,
        alias_generator=to_camel,
        json_schema_extra={"examples": [{"token": RESET_TOKEN, "newPassword": "Engine1837plan"}]},
    )

    token: MailedToken
    new_password: NewPassword


class InvalidRole(Refused):
    def __init__(self) -> None:
        super().__init__("Invalid role. Must be admin, developer, or viewer")


class NewRole(BaseModel):
    """Another role; one that is none, or none at all, is refused with the sentence that clients know."""

    model_config = ConfigDict(extra="forbid", strict=True, json_schema_extra={"examples": [{"role": "developer"}]})

    role: Annotated[str, Field(json_schema_extra={"enum": [*Role]})] = ""

    def named(self) -> Role:
        """
        Return the role.

        Raises:
            InvalidRole: there is none of this name.
        """
        try:
            return Role(self.role)
        except ValueError:
            raise InvalidRole from None
