"""An endpoint: one handler, the path it answers under, who may call it, and the doors that lead to it."""

from collections.abc import Callable, Sequence
from typing import Any, Final, Literal, get_args

from togglebox import wiring
from togglebox.app import App
from togglebox.auth.permissions import Permission
from togglebox.edge.request import Request

type Area = Literal["public", "internal", "root"]
type Handler[B] = Callable[[Request[B], App], Any]

PREFIXES: Final[dict[Area, str]] = {"public": "/api/v1", "internal": "/api/v1/internal", "root": ""}
"""Under which path the endpoints of an area are mounted."""

MAX_BODY_BYTES: Final = 1_048_576


class Endpoint:
    """
    What `endpoint` makes of a handler; called with ``(event, context)`` it is a Lambda handler.

    *paths* are its full paths, one for each area it is mounted in; *body* is the pydantic model that requests carry,
    read off the handler's annotation ``Request[Model]``; *returns* is the annotation of what it answers with.
    """

    __slots__ = ("_lambda", "accounts", "admins", "areas", "body", "handler", "max_body", "method", "name", "pages",
                 "path", "permission", "person", "query", "returns", "status")  # fmt: skip

    def __init__(
        self,
        handler: Handler[Any],
        method: str,
        path: str,
        *,
        areas: tuple[Area, ...],
        permission: Permission | None,
        status: int,
        max_body: int,
        admins: str | None,
        accounts: bool,
        person: bool,
        pages: bool,
        query: tuple[str, ...],
    ) -> None:
        self.handler = handler
        self.method = method
        self.path = path
        self.areas = areas
        self.permission = permission
        self.status = status
        self.max_body = max_body
        self.admins = admins
        self.accounts = accounts
        self.person = person
        self.pages = pages
        self.query = query
        self.name = handler.__module__
        asked = get_args(handler.__annotations__["request"])
        self.body: Any = asked[0] if asked else None
        self.returns: Any = handler.__annotations__["return"]
        self._lambda: Callable[[dict[str, Any], Any], dict[str, Any]] | None = None
        if wiring.on_lambda():
            # Imports, settings and clients belong to the init phase, which is faster and kept by SnapStart.
            from togglebox.edge import aws

            self._lambda = aws.door(self, wiring.app())

    @property
    def paths(self) -> dict[Area, str]:
        return {area: PREFIXES[area] + self.path for area in self.areas}

    @property
    def guarded(self) -> bool:
        """Whether a call needs a caller, at least where authentication is on."""
        return self.permission is not None or self.person

    @property
    def changes(self) -> bool:
        """Whether a call changes something that has a history; those who may only read may also ask by POST."""
        return self.method != "GET" and self.permission is not Permission.CONFIG_READ and not self.accounts

    @property
    def docs(self) -> str:
        """The sentence that the handler's module opens with."""
        return (self.handler.__globals__["__doc__"] or "").strip()

    def __call__(self, event: dict[str, Any], context: Any) -> dict[str, Any]:
        if self._lambda is None:
            from togglebox.edge import aws

            self._lambda = aws.door(self, wiring.app())
        return self._lambda(event, context)

    def __repr__(self) -> str:
        return f"<{self.name}: {self.method} {self.path}>"


def endpoint(
    method: str,
    path: str,
    *,
    area: Area | Sequence[Area],
    permission: str | None = None,
    status: int = 200,
    max_body: int = MAX_BODY_BYTES,
    admins: str | None = None,
    accounts: bool = False,
    person: bool = False,
    pages: bool = False,
    query: Sequence[str] = (),
) -> Callable[[Handler[Any]], Endpoint]:
    """
    Make the decorated handler answer ``method path`` in each *area*.

    *permission* is what the caller needs where authentication is on (``None``: nothing, not even a caller); *status*
    is the one of success (204 where the handler returns ``None``); *max_body* is in bytes; *admins* says what only
    administrators may do here; *accounts*: it is about accounts, so that it needs a caller whom it knows also where
    authentication is off; *person*: it takes people only, and no API keys (and is about accounts); *pages*: it takes
    the pagination parameters; *query* names the others that it takes.
    """
    areas: tuple[Area, ...] = (area,) if isinstance(area, str) else tuple(area)
    needed = None if permission is None else Permission(permission)

    def made(handler: Handler[Any]) -> Endpoint:
        return Endpoint(
            handler,
            method,
            path,
            areas=areas,
            permission=needed,
            status=status,
            max_body=max_body,
            admins=admins,
            accounts=accounts or person,
            person=person,
            pages=pages,
            query=tuple(query),
        )

    return made
