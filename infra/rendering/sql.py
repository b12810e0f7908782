"""shared/sql/: the schemas of the SQL databases, for people who make their tables by hand."""

from togglebox.adapters.sql_dialect import Dialect
from togglebox.adapters.sql_schema import statements


def sqlite() -> str:
    """Return what `togglebox migrate` does to a new SQLite file."""
    made = "\n\n".join(f"{statement};" for statement in statements(Dialect()))
    return f"-- Rendered by infra/render.py from the catalogue of tables: do not edit, run `make render`.\n\n{made}\n"
