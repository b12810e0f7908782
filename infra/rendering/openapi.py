"""shared/openapi.json: the description of the endpoints, with what they answer in the example world."""

import json
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from infra.examples import answer, example
from togglebox.edge.endpoint import Area, Endpoint
from togglebox.edge.openapi import describe

PROJECT: Final = Path(__file__).resolve().parents[2] / "pyproject.toml"


def openapi(endpoints: Sequence[Endpoint]) -> str:
    """Return the description as JSON text."""
    version = tomllib.loads(PROJECT.read_text(encoding="utf-8"))["project"]["version"]

    def answered(endpoint: Endpoint, area: Area) -> Any:
        return answer(endpoints, example(endpoint, area)).body

    return json.dumps(describe(endpoints, version=version, example=answered), indent=2, ensure_ascii=False) + "\n"
