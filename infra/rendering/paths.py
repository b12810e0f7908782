"""functions/fallback/paths.py: what the fallback knows of the other endpoints."""

from collections.abc import Iterable

from togglebox.edge.endpoint import Endpoint


def paths(endpoints: Iterable[Endpoint]) -> str:
    """Return the module with the method, the path and the handler's module of every route."""
    lines = [
        f'    "{endpoint.method} {path} {endpoint.name}",\n'
        for endpoint in endpoints
        for path in endpoint.paths.values()
    ]
    return (
        "# Rendered by infra/render.py from functions/routes.py: do not edit, run `make render`.\n"
        "# ruff: noqa: E501\n"
        '"""Every route of the API: its method, its path, and the module of its handler."""\n\n'
        f"PATHS = (\n{''.join(lines)})\n"
    )
