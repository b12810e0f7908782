"""
Render what follows from the routes and the catalogue; with --check, only tell which files are out of date.

Rendered: the functions, roles and tables of template.yaml; the paths that the fallback function knows; the API's
description; the schemas of SQL databases, and D1's migrations; an event for each function; the vectors that every
language runs.
"""

import sys
from argparse import ArgumentParser
from collections.abc import Mapping
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))  # run as a script, Python looks for modules in infra/ only

import routes  # noqa: E402
from infra.rendering.d1 import migrations, spoiled  # noqa: E402
from infra.rendering.events import event, event_name  # noqa: E402
from infra.rendering.openapi import openapi  # noqa: E402
from infra.rendering.paths import paths  # noqa: E402
from infra.rendering.sql import mysql, postgresql, sqlite  # noqa: E402
from infra.rendering.template import template  # noqa: E402
from infra.rendering.vectors import vectors  # noqa: E402


def rendered(root: Path = ROOT) -> Mapping[str, str]:
    """Return what each rendered file is to hold, by its path below *root*."""
    by_hand = (root / "template.yaml").read_text(encoding="utf-8")
    return {
        "template.yaml": template(by_hand, routes.ENDPOINTS, routes.JOBS),
        "functions/fallback/paths.py": paths(routes.ENDPOINTS),
        "shared/openapi.json": openapi(routes.ENDPOINTS),
        **migrations(root),
        "shared/sql/mysql.sql": mysql(),
        "shared/sql/postgresql.sql": postgresql(),
        "shared/sql/sqlite.sql": sqlite(),
        **{f"events/{event_name(endpoint.name)}": event(endpoint) for endpoint in routes.ENDPOINTS},
        **vectors(),
    }


def drifted(root: Path = ROOT) -> list[str]:
    """Return the sentences that --check prints: one for each file below *root* that does not hold what it should."""
    return [*spoiled(root)] or [
        f"{path} is out of date: run `make render`, and commit what it changes."
        for path, text in rendered(root).items()
        if not (root / path).is_file() or (root / path).read_text(encoding="utf-8") != text
    ]


def main() -> int:
    """Render or check, as the command line says; return the exit status."""
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing; exit 1 if a file is out of date")
    if parser.parse_args().check:
        sentences = drifted()
        for sentence in sentences:
            print(sentence)
        return 1 if sentences else 0
    for sentence in spoiled(ROOT):
        print(sentence)
        return 1
    for path, text in rendered().items():
        file = ROOT / path
        if not file.is_file() or file.read_text(encoding="utf-8") != text:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
            print(f"Rendered {path}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
