"""shared/sql/: the schemas of the SQL databases, for people who make their tables by hand."""

from togglebox.adapters.mysql import MySQLDialect
from togglebox.adapters.postgresql import PostgreSQLDialect
from togglebox.adapters.sql_dialect import Dialect
from togglebox.adapters.sql_schema import statements


def sqlite() -> str:
    """Return what `togglebox migrate` does to a new SQLite file."""
    return _rendered(Dialect())


def postgresql() -> str:
    """Return what `togglebox migrate` does to a new database of PostgreSQL."""
    return _rendered(PostgreSQLDialect())


def mysql() -> str:
    """Return what `togglebox migrate` does to a new database of MySQL or MariaDB."""
    return _rendered(MySQLDialect())


def _rendered(dialect: Dialect) -> str:
    made = "\n\n".join(f"{statement};" for statement in statements(dialect))
    return f"-- Rendered by infra/render.py from the catalogue of tables: do not edit, run `make render`.\n\n{made}\n"
