"""
Call one built function in the Lambda runtime's emulator: python infra/tools/invoke.py ListPlatforms [event.json].

Without a file the event is the function's own in events/. The database is DynamoDB Local, started for the call, with
the small world in it that the events are about. Printed are what the function returns and what it logs.
"""

import json
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from infra.rendering.events import event_name  # noqa: E402
from tests.engines import ENGINES  # noqa: E402
from tests.engines.dynamodb import dynamodb_local  # noqa: E402
from tests.engines.lambda_runtime import functions, running, seeded  # noqa: E402


def main() -> str | None:
    """Call the function that the command line names; return a sentence if there is nothing to call."""
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("function", help="its logical id in template.yaml")
    parser.add_argument("event", nargs="?", type=Path, help="a file that holds another event, as JSON")
    asked = parser.parse_args()
    for missing in (ENGINES["lambda"].missing(), ENGINES["dynamodb"].missing()):
        if missing:
            return missing
    function = functions().get(asked.function)
    if function is None:
        return f"There is no function {asked.function!r}; there are: {', '.join(functions())}"
    own = ROOT / "events" / event_name(function.handler.removesuffix(".handler"))
    file = asked.event or (own if own.is_file() else None)
    event: Any = {} if file is None else json.loads(file.read_text(encoding="utf-8"))

    with dynamodb_local() as dynamodb, seeded(dynamodb, "") as variables, running(function, variables) as started:
        answer = started.invoke(event)
        said = started.server.said()
    print(json.dumps(answer, indent=2, ensure_ascii=False))
    if isinstance(answer, dict) and answer.get("body") and not answer.get("isBase64Encoded"):
        print("\nIts body:\n" + json.dumps(json.loads(answer["body"]), indent=2, ensure_ascii=False))
    print("\nIts log:\n" + "\n".join(line for line in said.splitlines() if not line[:1].isdigit()))
    return None


if __name__ == "__main__":
    sys.exit(main())
