"""The AWS Lambda runtime: built functions with their layers, under the vendor's emulator and runtime client."""

import json
import os
import platform
import random
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import cache
from http.client import HTTPConnection
from importlib.metadata import distribution, files
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import psutil
import yaml

import routes
from infra.examples import World
from tests.engines import ROOT, TOOLS
from tests.engines.dynamodb import DynamoDBLocal
from tests.engines.process import Server, free_port, serving
from tests.engines.secrecy import WATCH
from togglebox.adapters.aws_signature import Credentials
from togglebox.adapters.dynamodb import DynamoDBStore
from togglebox.adapters.dynamodb_schema import DynamoDBSchema
from togglebox.adapters.dynamodb_signed import SignedClient
from togglebox.settings import TABLE_PREFIX, Settings
from togglebox.wiring import assemble

BUILT: Final = ROOT / ".aws-sam" / "build"
PARAMETERS: Final[Mapping[str, str]] = {"EnableAuthentication": "false", "TrustedNetworks": "0.0.0.0/0"}
"""What the stack is told in tests, where its defaults need accounts."""


@dataclass(frozen=True, slots=True)
class Function:
    """A built function, as the built template has it: where its code is, which handler, which *variables*."""

    name: str
    code: Path
    handler: str
    layers: tuple[Path, ...]
    variables: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Running:
    """A function in its runtime; the first call starts it."""

    server: Server

    def processor_time(self) -> float:
        """Return the seconds of processor time that the runtime has used, without the emulator's."""
        (runtime,) = psutil.Process(self.server.process.pid).children()
        return int(Path(f"/proc/{runtime.pid}/schedstat").read_text().split()[0]) / 1e9

    def invoke(self, event: Mapping[str, Any]) -> Any:
        """Call it with *event*, and return what it returns; of a function that failed, what the runtime says."""
        connection = HTTPConnection("127.0.0.1", self.server.port, timeout=60)
        try:
            connection.request("POST", "/2015-03-31/functions/function/invocations", json.dumps(event))
            answer = connection.getresponse().read()
            WATCH.call(event.get("headers") or {}, (event.get("body") or "").encode(), answer)
            return json.loads(answer)
        finally:
            connection.close()


@cache
def functions() -> Mapping[str, Function]:
    """Return the built functions by their logical ids."""
    template = yaml.safe_load((BUILT / "template.yaml").read_text(encoding="utf-8"))
    shared = template["Globals"]["Function"]
    given = {name: parameter.get("Default") for name, parameter in template["Parameters"].items()}
    given.update(PARAMETERS)
    found = {}
    for name, resource in template["Resources"].items():
        if resource["Type"] == "AWS::Serverless::Function":
            properties = shared | resource["Properties"]
            own = resource["Properties"].get("Environment", {}).get("Variables", {})
            variables = shared["Environment"]["Variables"] | own
            found[name] = Function(
                name,
                BUILT / properties["CodeUri"],
                properties["Handler"],
                tuple(BUILT / template["Resources"][layer["Ref"]]["Properties"]["ContentUri"] / "python"
                      for layer in properties["Layers"]),
                {variable: _resolved(value, given) for variable, value in variables.items()},
            )  # fmt: skip
    return found


@contextmanager
def running(function: Function, variables: Mapping[str, str]) -> Iterator[Running]:
    """
    Run *function* in the runtime's emulator, with *variables* over those of the template, and no others.

    Python starts without site-packages, so that a package which the layers lack is missing here as it is on Lambda.
    """
    with TemporaryDirectory() as folder:
        client = _runtime_client(Path(folder))
        environment = {
            **function.variables,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_REGION": "us-east-1",
            "AWS_LAMBDA_FUNCTION_NAME": function.name,
            "AWS_LAMBDA_FUNCTION_TIMEOUT": "30",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512",
            "LAMBDA_TASK_ROOT": str(function.code),
            "PYTHONPATH": os.pathsep.join(map(str, (function.code, *function.layers, client))),
            **variables,
        }

        def command(port: int) -> list[str]:
            assigned = [f"{name}={value}" for name, value in environment.items()]
            return [
                "env", "--ignore-environment", f"--chdir={function.code}", *assigned,
                _emulator(), "--runtime-interface-emulator-address", f"127.0.0.1:{port}",
                "--runtime-api-address", f"127.0.0.1:{free_port()}",
                sys.executable, "-S", "-m", "awslambdaric", function.handler,
            ]  # fmt: skip

        WATCH.settings({name: value for name, value in variables.items() if not name.startswith("AWS_")})
        with serving(command) as server:
            yield Running(server)


@contextmanager
def seeded(dynamodb: DynamoDBLocal, prefix: str) -> Iterator[Mapping[str, str]]:
    """Make tables whose names begin with *prefix*, and the world of the examples in them; give what leads there."""
    variables = {"AWS_ENDPOINT_URL_DYNAMODB": dynamodb.endpoint, "TABLE_PREFIX": prefix}
    whole = prefix + TABLE_PREFIX
    keys = Credentials("test", "test")
    client = SignedClient("us-east-1", lambda: keys, time.time, dice=random.random, endpoint=dynamodb.endpoint)
    with closing(client):
        DynamoDBSchema(client, prefix=whole).create()
        store = DynamoDBStore(client, time.time, dice=random.random, prefix=whole)
        World(routes.ENDPOINTS, assemble(Settings(log_requests=False), store=store)).seed()
    yield variables


def _emulator() -> str:
    machine = platform.machine().replace("aarch64", "arm64")
    (path,) = TOOLS.glob(f"sam/lib/python*/site-packages/samcli/local/rapid/aws-lambda-rie-{machine}")
    return str(path)


def _runtime_client(folder: Path) -> Path:
    """Put links to the runtime's client, which Lambda brings along, in *folder*."""
    packages = ("awslambdaric", "simplejson", "snapshot-restore-py")
    tops = {file.parts[0] for package in packages for file in files(package) or ()}
    site = Path(str(distribution("awslambdaric").locate_file("")))
    for top in tops - {"..", "__pycache__"}:
        (folder / top).symlink_to(site / top)
    return folder


def _resolved(value: Any, given: Mapping[str, Any]) -> str:
    """
    Return a variable's value where the stack has the parameters *given*; a secret is as long as one would be.

    None of the stack's conditions holds by its defaults.
    """
    match value:
        case {"Ref": name}:
            return str(given[name])
        case {"Fn::If": [_, _, otherwise]}:
            return _resolved(otherwise, given)
        case {"Fn::Sub": _}:
            return "kx2Vq9Lm4Rt7Zb0Hw3Nc6Yd8Jf1Ga5Pu"
        case _:
            return str(value)
