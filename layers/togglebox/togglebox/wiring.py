"""The composition root: environment variables to settings, settings to the App; read once."""

import os
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from itertools import count
from secrets import token_hex
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from togglebox.app import App
from togglebox.cdn.port import NoCdn
from togglebox.settings import TABLE_PREFIX, VARIABLES, AccountSettings, Settings, WrongSetting, shown
from togglebox.store.port import Schema, Store

if TYPE_CHECKING:
    from togglebox.adapters.d1 import D1Store
    from togglebox.adapters.dynamodb import Client
    from togglebox.adapters.mongodb import MongoDBStore
    from togglebox.adapters.mysql import MySQLStore
    from togglebox.adapters.postgresql import PostgreSQLStore
    from togglebox.adapters.sqlite import SQLiteStore
    from togglebox.auth.accounts import Accounts
    from togglebox.auth.passwords import Hasher
    from togglebox.mail.port import Mailer


def on_lambda() -> bool:
    """Tell whether this process is a Lambda function's."""
    return "AWS_LAMBDA_FUNCTION_NAME" in os.environ


def traced() -> bool:
    """Tell whether Lambda traces this function's calls; only the AWS stack sets this."""
    return os.environ.get("TRACING") == "true"


def settings(given: Mapping[str, str] | None = None) -> Settings:
    """Return the settings of this process's environment, where *given* ones win; raises `WrongSetting`."""
    return Settings.of(os.environ | (given or {}), exposed=on_lambda())


def wrong_settings(given: Mapping[str, str] | None = None) -> Iterator[WrongSetting]:
    """Yield what is wrong with the environment, variable by variable: each is left out to find the next."""
    variables = os.environ | (given or {})
    while True:
        try:
            Settings.of(variables, exposed=on_lambda())
        except WrongSetting as error:
            yield error
            if not variables.get(error.variable):
                return
            variables = variables | {error.variable: ""}
        else:
            return


def settings_found(given: Mapping[str, str] | None = None) -> Mapping[str, str]:
    """Return the variables that are set, as they may be shown: secrets by their length only."""
    variables = os.environ | (given or {})
    return {name: shown(name, seen) for name in VARIABLES if (seen := variables.get(name))}


def app() -> App:
    """Return this process's App, made at the first call."""
    global _app  # noqa: PLW0603  # one process, one App: this is the composition root
    if _app is None:
        _app = assemble(settings())
    return _app


_app: App | None = None


def assemble(chosen: Settings, *, store: Store | None = None, mail_waits: Callable[[], None] = lambda: None) -> App:
    """Put an App together on the database that *chosen* names, or on *store*; *mail_waits* hears when mail is due."""
    used = store_of(chosen) if store is None else store
    return App(
        used,
        NoCdn(),
        chosen.policy,
        now=_now,
        clock=time.monotonic,
        new_id=_new_id,
        pause=time.sleep,
        log=_log if chosen.log_requests else _log_warnings,
        engine=chosen.db_type,
        accounts=partial(accounts_of, chosen, used, mail_waits) if chosen.accounts.secret else None,
        audit_retention=timedelta(days=chosen.audit_retention_days),
    )


def accounts_of(
    chosen: Settings, store: Store | None = None, mail_waits: Callable[[], None] = lambda: None
) -> "Accounts":
    """
    Return what is about accounts in the database that *chosen* names, or in *store*.

    Without a secret nobody can sign in; but whoever makes the first account may be somebody who is not told it.
    """
    used = store_of(chosen) if store is None else store
    return accounts(
        chosen.accounts,
        used,
        now=_now,
        clock=time.monotonic,
        new_id=_new_id,
        app_url=chosen.mail.app_url,
        mailer=None if chosen.mail.provider == "none" else cache(partial(mailer_of, chosen)),
        mail_waits=mail_waits,
    )


def accounts(
    chosen: AccountSettings,
    store: Store,
    *,
    now: Callable[[], datetime],
    clock: Callable[[], float],
    new_id: Callable[[], str],
    digits: Callable[[int], str] = token_hex,
    hasher: "Hasher | None" = None,
    app_url: str = "",
    mailer: "Callable[[], Mailer] | None" = None,
    mail_waits: Callable[[], None] = lambda: None,
) -> "Accounts":
    """
    Put together what is about accounts, as *chosen*.

    Passwords are hashed with bcrypt, or with *hasher*; API keys and the tokens of resets are made of *digits*, two for
    each byte of chance. Mails lead to *app_url* and leave by what *mailer* makes; without one, there are none.
    """
    from togglebox.auth.accounts import Accounts
    from togglebox.auth.allowance import Allowance
    from togglebox.auth.authenticator import Authenticate
    from togglebox.auth.keys import Keys
    from togglebox.auth.outbox import Outbox
    from togglebox.auth.recent import Recent
    from togglebox.auth.resets import TOKEN_BYTES, Resets
    from togglebox.auth.signing_in import SigningIn
    from togglebox.auth.throttle import Limit, Throttle
    from togglebox.auth.tokens import Tokens
    from togglebox.auth.users import Users

    users = Users(store, now=now, new_id=new_id, recent=Recent(clock, chosen.cache_seconds))
    keys = Keys(store, now=now, new_id=new_id, digits=digits, recent=Recent(clock, chosen.cache_seconds))
    throttle = Throttle(store, now=now)
    limit = Limit("key", chosen.key_requests, chosen.key_window)
    tokens = Tokens(
        secret=chosen.secret,
        previous=chosen.previous_secret,
        issuer=chosen.issuer,
        audience=chosen.audience,
        seconds=chosen.expires_in,
        now=now,
    )
    if hasher is None:
        from togglebox.adapters.bcrypt import BcryptHasher

        hasher = BcryptHasher(chosen.bcrypt_cost)
    outbox = Outbox(store, enabled=mailer is not None, now=now, new_id=new_id, mail_waits=mail_waits)
    resets = Resets(store, users, outbox, hasher, now=now, new_token=lambda: digits(TOKEN_BYTES))

    def deliver(log: Callable[[str], None]) -> Counter[str]:
        from togglebox.auth.delivery import Delivery  # with the texts of mails, which no request needs

        if mailer is None:
            return Counter()
        return Delivery(outbox, users, resets, throttle, mailer, app_url=app_url, now=now).run(log)

    return Accounts(
        users=users,
        keys=keys,
        tokens=tokens,
        throttle=throttle,
        authenticate=Authenticate(
            users,
            keys,
            tokens,
            throttle,
            now=now,
            allowance=Allowance(throttle, limit, now=now) if chosen.key_requests else None,
        ),
        hasher=hasher,
        signing_in=SigningIn(users, tokens, hasher, throttle, registration=chosen.registration, now=now, new_id=new_id),
        outbox=outbox,
        resets=resets,
        deliver=deliver,
    )


def mailer_of(chosen: Settings) -> "Mailer":
    """Return what sends mails as *chosen*; only that provider's library is imported, and nothing is sent before."""
    from togglebox.mail.port import Sender

    mail = chosen.mail
    sender = Sender(mail.from_email, mail.from_name)
    match mail.provider:
        case "smtp":
            from togglebox.adapters.smtp import SMTPMailer, tls_of

            return SMTPMailer(
                mail.smtp_host,
                mail.smtp_port,
                sender=sender,
                now=_now,
                tls=tls_of(mail.smtp_port) if mail.smtp_tls == "required" else "none",
                user=mail.smtp_user,
                password=mail.smtp_password,
            )
        case "ses":
            from togglebox.adapters.ses import SESMailer

            return SESMailer(chosen.aws_region, sender=sender, now=_now)
        case "http":
            from togglebox.adapters.http_mail import HTTPMailer, over_sockets

            return HTTPMailer(mail.http_url, mail.http_token, sender=sender, send=over_sockets(time.monotonic))
        case _:
            from togglebox.adapters.file_mail import FileMailer

            return FileMailer(mail.file, sender=sender, now=_now)


def store_of(chosen: Settings) -> Store:
    """Return the store that *chosen* names; only that engine's driver is imported."""
    match chosen.db_type:
        case "sqlite":
            return _sqlite(chosen)
        case "dynamodb":
            from togglebox.adapters.dynamodb import DynamoDBStore

            return DynamoDBStore(
                _dynamodb_client(chosen),
                time.time,
                dice=random.random,
                prefix=chosen.table_prefix + TABLE_PREFIX,
                tables=chosen.table_names,
            )
        case "postgresql" | "mysql" | "mongodb" | "d1":
            return _server(chosen)
        case _:
            from togglebox.adapters.memory import MemoryStore

            return MemoryStore(time.time)


@contextmanager
def schema_of(chosen: Settings) -> Iterator[Schema | None]:
    """Give what makes the tables of the database that *chosen* names, connected for the block; ``None``: no need."""
    match chosen.db_type:
        case "sqlite":
            with closing(_sqlite(chosen)) as store:
                yield store.schema()
        case "dynamodb":
            from togglebox.adapters.dynamodb_schema import DynamoDBSchema

            client = _dynamodb_client(chosen)
            yield DynamoDBSchema(client, prefix=chosen.table_prefix + TABLE_PREFIX, tables=chosen.table_names)
        case "postgresql" | "mysql" | "mongodb" | "d1":
            with closing(_server(chosen)) as server:
                yield server.schema()
        case _:
            yield None


def sweep_of(store: Store) -> Callable[[int], int]:
    """Return what removes up to so many expired documents and says how many, where the engine does not by itself."""
    sweep: Callable[[int], int] = getattr(store, "sweep", lambda limit: 0)
    return sweep


def request_ids() -> Callable[[], str]:
    """Return a maker of request ids: a random prefix for the process, and a count."""
    prefix, numbers = uuid4().hex[:12], count(1)
    return lambda: f"{prefix}-{next(numbers)}"


def _sqlite(chosen: Settings) -> "SQLiteStore":
    from togglebox.adapters.sqlite import SQLiteStore

    return SQLiteStore(chosen.sqlite_file, time.time, prefix=_sql_prefix(chosen))


def _server(chosen: Settings) -> "D1Store | MongoDBStore | MySQLStore | PostgreSQLStore":
    """
    Return the store on a database server; nothing is sent before its first call.

    Raises:
        WrongSetting: the engine knows what its URL should hold, and this one does not.
    """
    try:
        return _server_at(chosen, _sql_prefix(chosen))
    except ValueError as error:
        raise WrongSetting(chosen.url_variable, chosen.database_url, f"one that can be used. {error}") from None


def _server_at(chosen: Settings, prefix: str) -> "D1Store | MongoDBStore | MySQLStore | PostgreSQLStore":
    match chosen.db_type:
        case "postgresql":
            from togglebox.adapters.postgresql import PostgreSQLStore

            return PostgreSQLStore(chosen.database_url, time.time, prefix=prefix, **_pool(chosen))
        case "mysql":
            from togglebox.adapters.mysql import MySQLStore

            return MySQLStore(chosen.database_url, time.time, prefix=prefix, **_pool(chosen))
        case "mongodb":
            from togglebox.adapters.mongodb import MongoDBStore

            return MongoDBStore(
                chosen.database_url,
                time.time,
                prefix=prefix,
                least_connections=chosen.least_connections,
                most_connections=chosen.most_connections,
                idle_seconds=chosen.idle_seconds,
                wait_for_connection=chosen.pool_timeout,
            )
        case _:
            from togglebox.adapters.d1 import D1Store
            from togglebox.adapters.d1_http import D1HTTPConnection

            assert chosen.d1 is not None, "Settings.of sees to it"
            connection = D1HTTPConnection(chosen.d1.account, chosen.d1.database, chosen.d1.token)
            return D1Store(connection, time.time, prefix=prefix)


def _pool(chosen: Settings) -> Mapping[str, Any]:
    return {"most_connections": chosen.connection_limit, "wait_for_connection": chosen.pool_timeout}


def _sql_prefix(chosen: Settings) -> str:
    return (chosen.table_prefix + TABLE_PREFIX).replace("-", "_")


def _dynamodb_client(chosen: Settings) -> "Client":
    """
    Return boto3's client where asked for, or where only it finds credentials; else our own, which starts faster.

    Raises:
        WrongSetting: our own was asked for, and finds no credentials.
    """
    from togglebox.adapters.aws_credentials import NoCredentials, source

    if chosen.dynamodb_client != "boto3":
        from togglebox.adapters.dynamodb_signed import SignedClient

        try:
            credentials = source(os.environ, time.time)
        except ValueError as error:
            seen = os.environ.get("AWS_CONTAINER_CREDENTIALS_FULL_URI")
            raise WrongSetting("AWS_CONTAINER_CREDENTIALS_FULL_URI", seen, "an address with TLS") from error
        except NoCredentials:
            if chosen.dynamodb_client == "signed":
                raise WrongSetting(
                    "AWS_ACCESS_KEY_ID", None, "credentials in the environment, since DYNAMODB_CLIENT is signed"
                ) from None
        else:
            return SignedClient(
                chosen.aws_region, credentials, time.time, dice=random.random, endpoint=chosen.dynamodb_endpoint
            )
    from togglebox.adapters.dynamodb_boto3 import Boto3Client

    return Boto3Client(chosen.aws_region, endpoint=chosen.dynamodb_endpoint)


def _now() -> datetime:
    return datetime.now(UTC)


def _new_id() -> str:
    return str(uuid4())


def _log(line: str) -> None:
    try:  # noqa: SIM105  # `suppress` costs half as much as the write
        os.write(1, line.encode() + b"\n")
    except OSError:
        pass  # a full disk, or a reader that went away, is no reason not to answer


def _log_warnings(line: str) -> None:
    if '"level":"info"' not in line:
        _log(line)
