"""What requests about flags and experiments are made of."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, SerializerFunctionWrapHandler, model_serializer
from pydantic.alias_generators import to_camel

type Key = Annotated[str, Field(min_length=1, pattern=r"^[a-z][a-z0-9_-]*$")]
type Text = Annotated[str, Field(min_length=1)]
type Letters = Annotated[str, Field(pattern=r"^[A-Za-z]{2}$")]
"""A country (ISO 3166-1 alpha-2) or a language (ISO 639-1), in either case."""
type Percentage = Annotated[int | float, Field(ge=0, le=100, allow_inf_nan=False)]


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

    platform: Any = Field(default=None, exclude=True)
    environment: Any = Field(default=None, exclude=True)
    created_by: Any = Field(default=None, exclude=True)

    def changes(self) -> dict[str, Any]:
        """Return the fields that were sent, by their names on the wire, each as a whole."""
        return self.model_dump(mode="json", by_alias=True, include=self.model_fields_set)
