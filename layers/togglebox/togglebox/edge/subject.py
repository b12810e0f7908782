"""The body that asks for an evaluation; apart from `context`, so that those who read a query import no pydantic."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema
from pydantic.alias_generators import to_camel

from togglebox.edge.context import context_of
from togglebox.evaluation.context import Context

type UserId = Annotated[
    str, WithJsonSchema({"type": "string", "minLength": 1, "maxLength": 512, "pattern": r"^[^\u0000]+$"})
]
type Letters = Annotated[str, WithJsonSchema({"type": "string", "pattern": "^[A-Za-z]{2}$"})]
"""Described here, checked by `context_of`, as those in a query are."""
type FlagKey = Annotated[str, Field(min_length=1, max_length=256)]


class Subject(BaseModel):
    """Whom to evaluate for; *track* false records nothing."""

    model_config = ConfigDict(
        extra="forbid",
        strict=True,
        alias_generator=to_camel,
        json_schema_extra={"examples": [{"userId": "user-42", "country": "DE", "language": "de"}]},
    )

    user_id: UserId
    country: Letters | None = None
    language: Letters | None = None
    track: bool = True

    def context(self) -> Context:
        """Return the context; raises `Invalid` where it is none."""
        return context_of({"userId": self.user_id, "country": self.country, "language": self.language})


class BulkSubject(Subject):
    """Whom to evaluate for, and which flags; all of them unless told."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"userId": "user-42", "flagKeys": ["express-checkout", "dark-mode"]}]}
    )

    flag_keys: Annotated[list[FlagKey], Field(max_length=2_000)] | None = None
