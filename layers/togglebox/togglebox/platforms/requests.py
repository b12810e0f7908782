"""What callers send about platforms and environments."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from togglebox.text import PLAIN

type Name = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[a-zA-Z0-9_-]+$")]
type Description = Annotated[str, Field(max_length=500, pattern=PLAIN)]


class NewPlatform(BaseModel):
    model_config = ConfigDict(
        extra="forbid",
        strict=True,
        json_schema_extra={"examples": [{"name": "mobile", "description": "The apps for iOS and Android"}]},
    )

    name: Name
    description: Description | None = None


class NewEnvironment(BaseModel):
    model_config = ConfigDict(
        extra="forbid",
        strict=True,
        json_schema_extra={"examples": [{"environment": "staging", "description": "Where releases are tried"}]},
    )

    environment: Name
    description: Description | None = None


class NewDescription(BaseModel):
    """A new description, or none; a name that comes along is ignored, as clients send it."""

    model_config = ConfigDict(
        extra="ignore", strict=True, json_schema_extra={"examples": [{"description": "What customers use"}]}
    )

    description: Description | None = None

    def changes(self) -> dict[str, Any]:
        """Return the fields that were sent; ``null`` clears."""
        return self.model_dump(mode="json", exclude_unset=True)
