"""What callers send about API keys."""

from datetime import timedelta
from typing import Annotated, ClassVar, Final

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from togglebox.auth.keys import Grant
from togglebox.auth.permissions import Permission
from togglebox.auth.requests import Name
from togglebox.moment import Moment

MOST_GRACE: Final = timedelta(days=30)


def _once[T](values: list[T]) -> list[T]:
    if len(set(values)) < len(values):
        raise ValueError("must hold nothing twice")
    return values


type ScopeName = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[a-zA-Z0-9_-]+$")]
type Scope = Annotated[
    list[ScopeName], Field(min_length=1, max_length=50, json_schema_extra={"uniqueItems": True}), AfterValidator(_once)
]


class NewKey(BaseModel):
    """
    What a key is to open.

    Without *platforms* and *environments* it reaches all of them, also those that come later; without *expiresAt* it
    lasts until it is revoked.
    """

    model_config = ConfigDict(
        extra="forbid",
        strict=True,
        alias_generator=to_camel,
        json_schema_extra={
            "examples": [
                {
                    "name": "The shop's SDK",
                    "permissions": ["config:read"],
                    "platforms": ["web"],
                    "environments": ["production"],
                    "expiresAt": "2099-01-01T00:00:00.000Z",
                }
            ]
        },
    )

    name: Name
    permissions: Annotated[
        list[Permission],
        Field(min_length=1, max_length=50, json_schema_extra={"uniqueItems": True}),
        AfterValidator(_once),
    ]
    platforms: Scope | None = None
    environments: Scope | None = None
    expires_at: Moment | None = None
    test: bool = Field(default=False, description="Whether its text begins with tbx_test_ instead of tbx_live_")

    def grant(self) -> Grant:
        return Grant(
            name=self.name,
            permissions=tuple(self.permissions),
            platforms=None if self.platforms is None else tuple(self.platforms),
            environments=None if self.environments is None else tuple(self.environments),
            expires_at=self.expires_at,
            test=self.test,
        )


class Rotation(BaseModel):
    """How long the old key stays good, in seconds: a day unless told otherwise."""

    MAY_BE_ABSENT: ClassVar = True

    model_config = ConfigDict(
        extra="forbid", strict=True, alias_generator=to_camel, json_schema_extra={"examples": [{"graceSeconds": 3600}]}
    )

    grace_seconds: Annotated[int, Field(ge=0, le=int(MOST_GRACE.total_seconds()))] = 86_400

    @property
    def grace(self) -> timedelta:
        return timedelta(seconds=self.grace_seconds)
