"""The `togglebox` command: serve, migrate, seed, create-admin, export, import, doctor."""

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, NoReturn

import typer

# Everything else is imported by the command that needs it: so each starts as fast as it can.
if TYPE_CHECKING:
    from togglebox.edge.endpoint import Endpoint
    from togglebox.settings import Settings
    from togglebox.store.port import StoreUnavailable

SEED: Final = Path(__file__).parents[3] / "infra" / "seed.json"

NAMED: Final = 5
"""Of what is missing in a database, so many are named; the others are counted."""

FAULT: Final = 1
WRONG_SETTING: Final = 2
"""What a command ends with; 0 if all went well."""

main = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def _print_version(asked: bool) -> None:  # noqa: FBT001  # typer hands it over
    if asked:
        from importlib.metadata import version

        print(f"togglebox {version('togglebox')}")
        raise typer.Exit


@main.callback()
def options(
    *,
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and end.")
    ] = False,
) -> None:
    """Remote configs, feature flags and A/B experiments. Settings are environment variables: see README.md."""


@main.command()
def serve(
    host: Annotated[str, typer.Option(help="The address to listen on; wins over HOST.")] = "",
    port: Annotated[str, typer.Option(help="The port to listen on; wins over PORT.")] = "",
) -> None:
    """Serve the API until told to stop, then finish what is under way."""
    from togglebox.edge import server
    from togglebox.store.port import StoreUnavailable

    with _settings({"HOST": host, "PORT": port}) as chosen:
        try:
            _check_tables(chosen)
        except StoreUnavailable as error:
            print(f"{_away(chosen, error)} Serving all the same: it may come back.", file=sys.stderr)
        try:
            server.serve(chosen, endpoints, ready=partial(_greet, chosen))
        except server.AddressInUse as error:
            _fail(f"{error}; set HOST or PORT to another.", WRONG_SETTING)


@main.command()
def migrate() -> None:
    """Make the tables, indexes and views that the database lacks, from empty or from an older version."""
    from togglebox.wiring import schema_of

    with _settings() as chosen, schema_of(chosen) as schema:
        missing = () if schema is None else schema.missing()
        if schema is not None and missing:
            with _progress("Making tables") as report:
                schema.create(report)
        print(f"Made {len(missing)} tables, indexes and views in {_database(chosen)}.")


@main.command()
def seed(
    file: Annotated[
        Path, typer.Argument(help="Platforms with their environments and what lies in them, as JSON.")
    ] = SEED,
) -> None:
    """Store something to look at.

    What is there stays as it is, what was deleted stays deleted.
    """
    from togglebox.edge.reading import read_json
    from togglebox.errors import Invalid, Malformed
    from togglebox.seed import Seed, plant, steps
    from togglebox.wiring import assemble

    with _settings() as chosen:
        _check_tables(chosen)
        try:
            content = read_json(Seed, file.read_bytes())
        except OSError as error:
            _fail(f"{file} cannot be read: {error.strerror}.")
        except (Malformed, Invalid) as error:
            _fail("\n".join((f"{file}: {error.sentence}", *map(str, error.details))))
        assert isinstance(content, Seed)
        app = assemble(chosen)
        todo = list(steps(content, app))
        created = 0
        with _progress("Seeding") as report:
            for done, step in enumerate(todo, start=1):
                created += plant(step, app)
                report(done, len(todo), step.name)
        what = "platforms, environments, parameters, flags and experiments"
        print(f"Created {created} of {len(todo)} {what} in {_database(chosen)}.")


@main.command()
def create_admin(
    email: Annotated[str, typer.Option(help="The address to sign in with.")],
    name: Annotated[str, typer.Option(help="What the person is called.")],
    *,
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read the password from standard input, instead of asking.")
    ] = False,
) -> None:
    """Give somebody an account that may do everything. The password is asked for, never an argument."""
    import json

    from togglebox.auth.permissions import Role
    from togglebox.auth.requests import NewUser
    from togglebox.auth.users import EmailTaken
    from togglebox.edge.reading import read_json
    from togglebox.errors import Invalid, Malformed
    from togglebox.wiring import accounts_of

    with _settings() as chosen:
        _check_tables(chosen)
        sent = {"email": email, "name": name, "password": _password(asked=not password_stdin), "role": Role.ADMIN}
        try:
            new = read_json(NewUser, json.dumps(sent).encode())
            assert isinstance(new, NewUser)
            user = accounts_of(chosen).signing_in.create(
                email=new.email, name=new.name, password=new.password, role=new.role
            )
        except (Malformed, Invalid) as error:
            _fail("\n".join(map(str, error.details or (error.sentence,))))
        except EmailTaken as error:
            _fail(f"{error.sentence}.")
        print(f"Created the administrator {user.email} in {_database(chosen)}.")


def _password(*, asked: bool) -> str:
    """Return the password that the terminal is asked for, or the first line of standard input."""
    if not asked:
        try:
            return sys.stdin.buffer.readline().decode().rstrip("\r\n")
        except UnicodeDecodeError:
            _fail("The password on standard input is not in UTF-8.")
    if not sys.stdin.isatty():
        _fail("There is no terminal to ask for the password: send it to --password-stdin.", WRONG_SETTING)
    return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True))


@main.command()
def export(
    file: Annotated[str, typer.Argument(help="Where to write it; - is standard output.")],
    platform: Annotated[str, typer.Option(help="Only this platform, with all that lies in it.")] = "",
) -> None:
    """Write everything that is stored to a file, which `import` brings into any database.

    A run that was cut short goes on where it stopped.
    """
    from togglebox.errors import ToggleBoxError
    from togglebox.store.port import StoreUnavailable
    from togglebox.transfer import export as transfer
    from togglebox.wiring import assemble

    with _settings() as chosen:
        _check_tables(chosen)
        app = assemble(chosen)
        source = f"{_database(chosen)}, tables named {chosen.table_prefix or 'togglebox'}..."
        try:
            with _progress("Exporting") as report:
                done = transfer.export(
                    app.store,
                    file,
                    source=source,
                    platform=platform or None,
                    now=app.now,
                    report=report,
                    output=lambda: sys.stdout.buffer,
                )
        except StoreUnavailable:
            raise  # `_settings` has the words for it
        except ToggleBoxError as error:
            _fail(f"{error.sentence}.")
        what = f"platform {platform} in {_database(chosen)}" if platform else _database(chosen)
        went_on = ", going on where an earlier run had stopped" if done.resumed else ""
        print(f"Exported {done.total:,} documents of {what}{went_on}.", file=sys.stderr if file == "-" else sys.stdout)


@main.command(name="import")
def import_(
    file: Annotated[str, typer.Argument(help="What `export` has written; - is standard input.")],
    *,
    check: Annotated[bool, typer.Option("--check", help="Only tell what would be done.")] = False,
) -> None:
    """Bring in what `export` has written.

    What is there stays as it is: if something is there with other content, nothing is written.
    """
    from togglebox.errors import ToggleBoxError
    from togglebox.store.port import StoreUnavailable
    from togglebox.transfer.opening import opened, restoration
    from togglebox.wiring import assemble

    with _settings() as chosen:
        _check_tables(chosen)
        app = assemble(chosen)
        try:
            with _progress("Importing") as report, opened(file, sys.stdin.buffer, report) as contents:
                restoring = restoration(app.store, contents, now=app.now, new_id=app.new_id, report=report)
                tally = restoring.check() if check else restoring.run()
        except StoreUnavailable:
            raise  # `_settings` has the words for it
        except ToggleBoxError as error:
            _fail(f"{error.sentence}.")
        if tally.conflicts:
            _fail("\n".join(tally.sentences(_database(chosen), whole=contents.header.platform is None)))
        there = f"; {tally.there:,} were there already" if tally.there else ""
        expired = f"; {tally.expired:,} had expired" if tally.expired else ""
        verb = "Would import" if check else "Imported"
        print(f"{verb} {tally.new:,} of {tally.total:,} documents into {_database(chosen)}{there}{expired}.")


@main.command()
def doctor() -> None:
    """Check settings, database and tables, and say what to do."""
    from togglebox.wiring import settings_found, wrong_settings

    found = settings_found()
    for name, shown in found.items():
        print(f"{name} {shown}.")
    print(f"{'The other' if found else 'All'} settings have their defaults: see README.md.")
    wrong = list(wrong_settings())
    if wrong:
        _fail("\n".join(f"{error}." for error in wrong), WRONG_SETTING)
    with _settings() as chosen:
        _check_tables(chosen)
        print(f"{_database(chosen)[0].upper()}{_database(chosen)[1:]} answers, and has all that it needs.")


def endpoints() -> "Sequence[Endpoint]":
    """Return what is served: `functions/routes.py`."""
    from routes import ENDPOINTS

    return ENDPOINTS


@contextmanager
def _settings(given: Mapping[str, str] | None = None) -> "Iterator[Settings]":
    """Give the settings, where *given* ones win; end with a sentence if one is wrong, or if the database is away."""
    from togglebox.settings import WrongSetting
    from togglebox.store.port import StoreUnavailable
    from togglebox.wiring import settings

    try:
        chosen = settings({name: value for name, value in (given or {}).items() if value})
        try:
            yield chosen
        except StoreUnavailable as error:
            _fail(_away(chosen, error))
    except WrongSetting as error:
        _fail(f"{error}.", WRONG_SETTING)


def _check_tables(chosen: "Settings") -> None:
    """End with a sentence if tables are missing."""
    from togglebox.wiring import schema_of

    with schema_of(chosen) as schema:
        missing = () if schema is None else schema.missing()
    if missing:
        named = ", ".join(missing[:NAMED]) + (f" and {len(missing) - NAMED} more" if len(missing) > NAMED else "")
        _fail(f"{_database(chosen)} lacks {named}: run `togglebox migrate`.")


def _database(chosen: "Settings") -> str:
    match chosen.db_type:
        case "sqlite":
            return f"the SQLite file {chosen.sqlite_file}"
        case "dynamodb":
            return f"DynamoDB at {chosen.dynamodb_endpoint or chosen.aws_region}"
        case "postgresql" | "mysql" | "mongodb":
            from togglebox.settings import shown_url

            return f"the database {shown_url(chosen.database_url)}"
        case "d1":
            assert chosen.d1 is not None, "Settings.of sees to it"
            return f"the D1 database {chosen.d1.database}"
        case _:
            return "the memory of each process, which keeps nothing"


def _away(chosen: "Settings", error: "StoreUnavailable") -> str:
    """Return what is wrong with the database, in its own words: whoever reads this runs it."""
    advice = {
        "sqlite": "see that SQLITE_FILE is a database of ours, and that it and its folder may be written",
        "dynamodb": "see that DYNAMODB_ENDPOINT and AWS_REGION are right, and that the credentials are good",
        "d1": "see that CLOUDFLARE_ACCOUNT_ID and D1_DATABASE_ID are right, and that the token may edit D1",
        "memory": "try again",
    }.get(chosen.db_type, "see that the URL is right, that the server runs, and that it lets this user in")
    return f"{_database(chosen)} is not available ({_cause(chosen, error)}): {advice}."


def _cause(chosen: "Settings", error: "StoreUnavailable") -> str:
    """Return what the driver said, on one line, without the URL that it may repeat."""
    from textwrap import shorten

    said = shorten(str(error.__cause__ or error), 200, placeholder="...") or type(error.__cause__).__name__
    return said.replace(chosen.database_url, "...") if chosen.database_url else said


def _greet(chosen: "Settings") -> None:
    """Say where the server is, and what to paste in a shell."""
    print(f"ToggleBox answers on {chosen.url}, until Ctrl+C.", flush=True)
    if chosen.authentication:
        return
    environment = "platforms/web/environments/production"
    print(
        "Read the seeded configs, change one, and read it again:",
        f"curl {chosen.url}/api/v1/{environment}/configs",
        f"curl -X PATCH {chosen.url}/api/v1/internal/{environment}/configs/welcomeMessage "
        """-H 'Content-Type: application/json' -d '{"defaultValue": "Hello"}'""",
        f"curl {chosen.url}/api/v1/{environment}/configs/welcomeMessage",
        sep="\n",
        flush=True,
    )


@contextmanager
def _progress(title: str) -> Iterator[Callable[[int, int, str], None]]:
    """Show a bar on a terminal while the block lasts; it is told how many are done, of how many, and which."""
    if not sys.stderr.isatty():
        yield lambda done, total, what: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(title)
        yield lambda done, total, what: bar.update(task, completed=done, total=total)


def _fail(sentences: str, status: int = FAULT) -> NoReturn:
    print(sentences[0].upper() + sentences[1:], file=sys.stderr)
    raise typer.Exit(status)
