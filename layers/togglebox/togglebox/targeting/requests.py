"""What requests about flags and experiments are made of."""

from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    SerializerFunctionWrapHandler,
    WithJsonSchema,
    model_serializer,
)
from pydantic.alias_generators import to_camel

from togglebox.text import PLAIN


def _share(value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 100:
        raise ValueError("must be a number from 0 to 100")
    return value


type Key = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]*$")]
type Text = Annotated[str, Field(min_length=1, pattern=PLAIN)]
type FreeText = Annotated[str, Field(pattern=PLAIN)]
type Letters = Annotated[str, Field(pattern=r"^[A-Za-z]{2}$")]
"""A country (ISO 3166-1 alpha-2) or a language (ISO 639-1), in either case."""
type Percentage = Annotated[
    Any, AfterValidator(_share), WithJsonSchema({"type": "number", "minimum": 0, "maximum": 100})
]
"""A number as it is written: 50 stays 50, and 33.34 stays 33.34."""


class Part(BaseModel):
    """A part of a body, spelled as on the wire."""

    model_config = ConfigDict(extra="forbid", strict=True, alias_generator=to_camel)


class Sparse(Part):
    """A part whose absent fields stay absent, as clients tell absent from null."""

    @model_serializer(mode="wrap")
    def _as_sent(self, serialise: SerializerFunctionWrapHandler) -> dict[str, Any]:
        sent = {to_camel(name) for name in self.model_fields_set}
        return {name: value for name, value in serialise(self).items() if value is not None or name in sent}


class Sent(Part):
    """A whole body. Clients also send who wrote it and where it lies: that is known from elsewhere, and dropped."""

    platform: Any = Field(default=None, exclude=True, description="Ignored: the path says it")
    environment: Any = Field(default=None, exclude=True, description="Ignored: the path says it")
    created_by: Any = Field(default=None, exclude=True, description="Ignored: it is the caller")

    def changes(self) -> dict[str, Any]:
        """Return the fields that were sent, by their names on the wire, each as a whole."""
        return self.model_dump(mode="json", by_alias=True, include=self.model_fields_set)
