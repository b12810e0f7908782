"""Who may do what: every route, asked by everybody there can be, compared with the table of permissions."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import pytest

from tests.api.client import NO_HEADERS, PUBLIC, Headers
from tests.api.every_route import ROUTES, Route, every, stock
from tests.api.given import a_platform, an_environment
from tests.api.world import ADMIN, SECRET, World
from togglebox.auth.permissions import PERMISSIONS, Permission, Role

EVERYTHING: Final = frozenset(Permission)
SENTENCES: Final = frozenset(
    {
        "Authentication required. Provide valid Bearer token or X-API-Key header",
        "Authentication required",
        "Invalid or expired JWT token",
        "Invalid API key",
    }
)
"""What those are told who are not known, in contrast to those who mistyped a password."""

OPEN: Final = frozenset(
    {
        "GET /health",
        "GET /api/v1/health",
        "GET /ready",
        "POST /api/v1/auth/register",
        "POST /api/v1/auth/login",
        "POST /api/v1/auth/password-reset/request",
        "POST /api/v1/auth/password-reset/verify",
        "POST /api/v1/auth/password-reset/complete",
    }
)
READS_BY_POST: Final = ("/evaluate", "/assign", "/explain")


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody, and what they may by the rules; *permissions* are ``None`` if the credentials prove nothing."""

    headers: Headers
    permissions: frozenset[Permission] | None
    role: Role | None = None
    platforms: frozenset[str] | None = None
    environments: frozenset[str] | None = None


def everybody(world: World) -> Mapping[str, Caller]:
    """Return each sort of caller by name."""
    stale = world.sign_in(Role.ADMIN)
    world.clock.advance(days=2)
    people = {role: world.sign_in(role) for role in Role}
    gone, demoted, left = world.sign_in(Role.ADMIN), world.sign_in(Role.ADMIN), world.sign_in(Role.ADMIN)
    admin = people[Role.ADMIN].headers

    def key(owner: Headers = admin, permissions: frozenset[Permission] = EVERYTHING, **limits: object) -> Headers:
        asked = {"name": "k", "permissions": sorted(permissions), **limits}
        return {"X-API-Key": world.client.post(f"{PUBLIC}/api-keys", asked, owner).data["key"]}

    revoked, expired = key(), key(expiresAt="2026-03-03T12:00:01Z")
    orphan, of_demoted = key(gone.headers), key(demoted.headers)
    (doomed,) = (each for each in world.client.get(f"{PUBLIC}/api-keys", admin).data if each["expiresAt"] is None)
    assert world.client.delete(f"{PUBLIC}/api-keys/{doomed['id']}", admin).status == 200
    assert world.client.delete(f"{PUBLIC}/users/{gone.id}", admin).status == 200
    assert world.client.patch(f"{PUBLIC}/users/{demoted.id}/role", {"role": "viewer"}, admin).status == 200
    assert world.client.post(f"{PUBLIC}/auth/logout", None, left.headers).status == 200
    world.clock.advance(seconds=2)
    return {
        "nobody": Caller(NO_HEADERS, None),
        **{str(role): Caller(person.headers, PERMISSIONS[role], role) for role, person in people.items()},
        "SDK key": Caller(key(permissions=frozenset({Permission.CONFIG_READ})), frozenset({Permission.CONFIG_READ})),
        "key to everything": Caller(key(), EVERYTHING),
        "key scoped elsewhere": Caller(key(platforms=["ios"]), EVERYTHING, platforms=frozenset({"ios"})),
        "key scoped here": Caller(
            key(platforms=["web"], environments=["prod"]),
            EVERYTHING,
            platforms=frozenset({"web"}),
            environments=frozenset({"prod"}),
        ),
        "key of a demoted owner": Caller(of_demoted, PERMISSIONS[Role.VIEWER]),
        "key of a deleted owner": Caller(orphan, None),
        "expired key": Caller(expired, None),
        "revoked key": Caller(revoked, None),
        "forged key": Caller({"X-API-Key": "tbx_live_" + "0" * 32}, None),
        "expired token": Caller(stale.headers, None),
        "token after logout": Caller(left.headers, None),
        "token after demotion": Caller(demoted.headers, None),
        "token of a deleted user": Caller(gone.headers, None),
        "forged token": Caller({"Authorization": "Bearer eyJhbGciOiJub25lIn0.e30."}, None),
    }


def verdict(route: Route, caller: Caller, *, authentication: bool) -> int:
    """Return the status that keeps the caller out, by the rules; 200 if it is let in."""
    endpoint = route.endpoint
    if str(route) in OPEN:
        return 200
    if not authentication and not endpoint.accounts and (route.area == "public" or not caller.headers):
        return 200
    if caller.permissions is None or (endpoint.person and caller.role is None):
        return 401
    scoped = (
        caller.platforms is None or ("platform" in route.parameters and "web" in caller.platforms),
        caller.environments is None or ("environment" in route.parameters and "prod" in caller.environments),
    )
    may = endpoint.permission is None or endpoint.permission in caller.permissions
    return 200 if may and all(scoped) and (endpoint.admins is None or caller.role is Role.ADMIN) else 403


@pytest.mark.parametrize("authentication", ["true", "false"])
@pytest.mark.parametrize("route", every(*ROUTES))
def test_everybody_may_what_the_table_says_and_nothing_else(route: Route, authentication: str) -> None:
    world = World({"ENABLE_AUTHENTICATION": authentication, "JWT_SECRET": SECRET, "ALLOW_REGISTRATION": "true"})
    world.caller = ADMIN
    a_platform(world.client)
    an_environment(world.client)
    stock(world.client)
    world.caller = None
    callers = everybody(world)
    expected = {
        name: verdict(route, caller, authentication=authentication == "true") for name, caller in callers.items()
    }

    found = {}
    for name in sorted(callers, key=lambda name: expected[name], reverse=True):
        before = world.store.lasting()
        answer = world.client.send(route.method, route.target(), route.body(), callers[name].headers)
        kept_out = answer.status == 403 or (answer.status == 401 and answer.error in SENTENCES)
        found[name] = answer.status if kept_out else 200
        assert not kept_out or unchanged(world, before), f"{name} changed something"

    assert found == {name: expected[name] for name in found}


def unchanged(world: World, before: Mapping[str, object]) -> bool:
    """Tell whether all is as before, except for when keys were used."""
    after = world.store.lasting()
    names = (set(before) | set(after)) - {"key-hashes"}
    return all(before.get(name) == after.get(name) for name in names)


@pytest.mark.parametrize("route", every(*(route for route in ROUTES if str(route) not in OPEN)))
def test_every_route_says_what_it_needs(route: Route) -> None:
    endpoint = route.endpoint

    assert endpoint.guarded
    if endpoint.permission is None:
        assert endpoint.person, "only what is about oneself needs no permission"
    reads = route.method == "GET" or route.path().endswith(READS_BY_POST)
    if not endpoint.accounts:
        assert (endpoint.permission is Permission.CONFIG_READ) == (reads and "audit" not in route.path())


def test_the_table_is_the_one_that_is_documented() -> None:
    read = {"config:read", "platform:read", "environment:read"}
    write = {"config:write", "config:update", "config:delete", "cache:invalidate", "apikey:manage"}

    assert {role: set(map(str, permissions)) for role, permissions in PERMISSIONS.items()} == {
        Role.VIEWER: read,
        Role.DEVELOPER: read | write,
        Role.ADMIN: read | write | {"user:manage", "member:read", "member:invite", "member:manage", "member:remove"},
    }
