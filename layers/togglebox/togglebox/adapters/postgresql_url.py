"""What a URL of PostgreSQL says, and what we add to it: time-outs above all."""

import math
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import parse_qsl, quote, urlsplit, urlunsplit

import psycopg
from psycopg.conninfo import conninfo_to_dict

SCHEMES: Final = ("postgresql", "postgres")

_WANTED: Final = "wanted: postgresql://user:password@host:port/database"


def connect_arguments(url: str, *, patience: float, answer_within: float) -> Mapping[str, Any]:
    """
    Return psycopg's arguments for ``postgresql://user:password@host:port/database?sslmode=...``.

    All parameters are libpq's (https://www.postgresql.org/docs/current/libpq-connect.html), among them ``sslmode``,
    ``sslrootcert``, ``sslcert``, ``sslkey``, ``target_session_attrs`` and several hosts; and these two, which Prisma
    has made known:

    - ``schema``: the schema that holds our tables (the user's own, or ``public``).
    - ``pgbouncer=true``: there is a PgBouncer in transaction mode between us. No statement is prepared, and no setting
      is sent at the start of a session, so that time-outs in the server are what ``ALTER ROLE ... SET
      statement_timeout`` says. From PgBouncer 1.21 on, with ``max_prepared_statements`` and with
      ``ignore_startup_parameters = options``, it is not needed.

    Whatever the URL does not say: the way there may be silent for *patience* seconds, and the server gives a statement
    up that takes longer than *answer_within* seconds.

    Raises:
        ValueError: the URL cannot be used; the sentence says why, and never what it holds.
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        raise ValueError(f"The database's URL is none; {_WANTED}") from None
    if parts.scheme not in SCHEMES:
        raise ValueError(f"The database's URL is not one of PostgreSQL; {_WANTED}")
    query = parse_qsl(parts.query, keep_blank_values=True)
    ours = {name: value for name, value in query if name in ("schema", "pgbouncer")}
    rest = "&".join(f"{name}={quote(value)}" for name, value in query if name not in ours)
    try:
        given = conninfo_to_dict(urlunsplit(parts._replace(query=rest)))
    except psycopg.ProgrammingError:
        raise ValueError(f"The database's URL, or one of its parameters, is not as libpq wants it; {_WANTED}") from None
    if not given.get("dbname") and not given.get("service"):
        raise ValueError(f"The database's URL names no database; {_WANTED}")

    pooled = ours.get("pgbouncer") == "true"
    return {
        **_defaults(patience),
        **given,
        **({} if pooled else {"options": _options(ours.get("schema"), answer_within, given.get("options"))}),
        "client_encoding": "UTF8",
        "prepare_threshold": None if pooled else _PREPARE_AFTER,
    }


_PREPARE_AFTER: Final = 5
"""So many times a statement is planned anew; psycopg then prepares it."""


def _defaults(patience: float) -> Mapping[str, Any]:
    """Return what makes a way that leads nowhere known; psycopg waits for a connection 2 seconds at least."""
    seconds = max(1, math.ceil(patience))
    return {
        "application_name": "togglebox",
        "connect_timeout": max(2, seconds),
        "tcp_user_timeout": math.ceil(patience * 1_000),
        "keepalives_idle": 10 * seconds,
        "keepalives_interval": seconds,
        "keepalives_count": 3,
    }


def _options(schema: str | None, answer_within: float, given: object) -> str:
    """Return the settings of each session; those that the URL has come last, and win."""
    settings = {
        # The server gives up before we do, and says why: then a write did certainly not happen.
        "lock_timeout": str(max(1, math.floor(answer_within * 700))),
        "statement_timeout": str(max(1, math.floor(answer_within * 800))),
        # A snapshot that was taken before a refused write would hide who was faster.
        "default_transaction_isolation": "read committed",
        **({"search_path": '"' + schema.replace('"', '""') + '"'} if schema else {}),
    }
    spelled = [f"-c {name}={_escaped(value)}" for name, value in settings.items()]
    return " ".join([*spelled, *([str(given)] if given else [])])


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace(" ", "\\ ")
