"""The rendered part of template.yaml: functions and their routes, roles, tables."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import yaml

from togglebox.adapters.dynamodb_schema import TTL_ATTRIBUTE, definitions
from togglebox.edge.aws import is_public
from togglebox.edge.endpoint import Endpoint
from togglebox.edge.job import Job
from togglebox.store.catalogue import TABLES_WITH_TTL

MARK: Final = "  # Rendered from here on by infra/render.py: do not edit below this line, run `make render`.\n"
FALLBACK: Final = "fallback.route_not_found"


@dataclass(frozen=True, slots=True)
class Role:
    """
    What a group of functions may do.

    *rights* are actions of DynamoDB, and the tables that each needs them on; *mails*: it may send by SES.
    """

    description: str
    logs: str
    rights: Mapping[tuple[str, ...], tuple[str, ...]]
    traced: bool = False
    mails: bool = False


HEADS: Final = ("platforms", "environments", "remote-configs", "flags", "experiments")
JOURNALS: Final = ("configs", *HEADS)

type Rights = Mapping[tuple[str, ...], tuple[str, ...]]

# A conditional write needs no action of its own; a batch of inserts (BatchExecuteStatement) needs PartiQL's.
_KNOWING_CALLERS: Final[Rights] = {
    ("GetItem",): ("users", "api-keys", "password-resets"),
    ("PutItem",): ("api-keys", "password-resets"),
}
"""What finding out who asks takes: the user or the key, writing down its last use, counting wrong credentials."""

ROLES: Final = {
    "PublicRead": Role(
        "Reads what the public may see",
        logs="Public",
        rights={("GetItem", "BatchGetItem", "Query"): JOURNALS, **_KNOWING_CALLERS},
    ),
    "Manage": Role(
        "Reads, publishes changes, and lists them",
        logs="Manage",
        rights={
            ("GetItem", "BatchGetItem", "Query", "PutItem"): JOURNALS,
            ("Query/index",): (*JOURNALS, "users"),
            **_KNOWING_CALLERS,
        },
        traced=True,
    ),
    "Accounts": Role(
        "Signs people in, and manages them and their API keys",
        logs="Manage",
        rights={
            ("GetItem", "PutItem"): ("users", "api-keys", "password-resets"),
            ("Query",): ("users", "api-keys"),
            ("BatchGetItem",): ("api-keys", "password-resets"),
            ("DeleteItem",): ("users",),
            ("BatchWriteItem",): ("api-keys", "password-resets"),
        },
        traced=True,
    ),
    "Upkeep": Role(
        "Resolves what dead writers left, and removes what was deleted",
        logs="Job",
        rights={
            ("GetItem", "BatchGetItem", "Query", "PutItem", "DeleteItem", "BatchWriteItem"): JOURNALS,
            ("PartiQLInsert",): ("configs", "experiments", "flags"),
            ("Query/index",): (*JOURNALS, "users"),
            ("BatchWriteItem",): ("users",),
        },
        traced=True,
    ),
    "Mail": Role(
        "Sends the mails that wait",
        logs="Job",
        rights={
            ("GetItem", "PutItem"): ("users", "password-resets"),
            ("Query", "DeleteItem"): ("password-resets",),
        },
        traced=True,
        mails=True,
    ),
}
ROLES_OF_JOBS: Final = {"jobs.deliver_mail": "Mail"}
"""The roles of those jobs that do not run as `Upkeep`."""

WHOLE_PROCESSOR: Final = 1_769
"""MB with which Lambda gives a function one whole processor: hashing a password costs the same, and takes a third."""


def template(by_hand: str, endpoints: Iterable[Endpoint], jobs: Iterable[Job]) -> str:
    """
    Return the whole template: what stands above the mark in *by_hand*, and what follows from routes and catalogue.

    Raises:
        ValueError: the mark is not there, or two functions would have the same name.
    """
    above, mark, _ = by_hand.partition(MARK)
    if not mark:
        raise ValueError("template.yaml has lost its mark line: " + MARK.strip())
    functions = [*map(_function, endpoints), _fallback(), *map(_job, jobs)]
    stanzas = [*functions, *map(_role, ROLES.items()), *_tables()]
    names = [name for stanza in stanzas for name in stanza]
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        raise ValueError("Two resources of template.yaml have the same name: " + ", ".join(sorted(twice)))
    return above + mark + "".join("\n" + _indented(stanza) for stanza in stanzas)


def function_name(module: str) -> str:
    """Return the logical id of the function whose handler is in *module*: ``CreateFlag`` of ``flags.create_flag``."""
    return "".join(map(str.capitalize, module.rpartition(".")[2].split("_")))


def _function(endpoint: Endpoint) -> dict[str, Any]:
    return {
        function_name(endpoint.name): {
            "Type": "AWS::Serverless::Function",
            "Properties": {
                "Description": _description(endpoint.docs),
                "Handler": f"{endpoint.name}.handler",
                **_running(endpoint),
                "Events": {area.capitalize(): _route(endpoint.method, path) for area, path in endpoint.paths.items()},
            },
        }
    }


def _fallback() -> dict[str, Any]:
    return {
        function_name(FALLBACK): {
            "Type": "AWS::Serverless::Function",
            "Properties": {
                "Description": "Answer what no route takes: preflights, HEAD, unknown paths, wrong methods.",
                "Handler": f"{FALLBACK}.handler",
                **_running_as("PublicRead"),
                "Events": {"Default": {"Type": "HttpApi", "Properties": {"ApiId": Ref("Api")}}},
            },
        }
    }


def _job(job: Job) -> dict[str, Any]:
    return {
        function_name(job.name): {
            "Type": "AWS::Serverless::Function",
            "Properties": {
                "Description": _description(job.docs),
                "Handler": f"{job.name}.handler",
                "Timeout": 50,
                **_managed(ROLES_OF_JOBS.get(job.name, "Upkeep")),
                "Events": {"Schedule": {"Type": "Schedule", "Properties": {"Schedule": job.schedule}}},
            },
        }
    }


def _running(endpoint: Endpoint) -> dict[str, Any]:
    if endpoint.accounts:
        return {"MemorySize": WHOLE_PROCESSOR, **_managed("Accounts")}
    return _running_as("PublicRead") if is_public(endpoint) else _managed("Manage")


def _managed(role: str) -> dict[str, Any]:
    return {
        **_running_as(role),
        "Tracing": If(["Traced", "Active", "PassThrough"]),
        "Environment": {"Variables": {"DYNAMODB_CLIENT": "boto3", "TRACING": Ref("Tracing")}},
    }


def _running_as(role: str) -> dict[str, Any]:
    return {
        "Role": GetAtt(f"{role}Role.Arn"),
        "LoggingConfig": {"LogGroup": Ref(f"{ROLES[role].logs}Logs")},
    }


def _route(method: str, path: str) -> dict[str, Any]:
    return {"Type": "HttpApi", "Properties": {"ApiId": Ref("Api"), "Method": method, "Path": path}}


def _description(docs: str) -> str:
    """Return the first paragraph, as far as Lambda takes it."""
    return " ".join(docs.partition("\n\n")[0].split())[:256]


def _role(named: tuple[str, Role]) -> dict[str, Any]:
    name, role = named
    statements: list[dict[str, Any]] = [
        _allow(["logs:CreateLogStream", "logs:PutLogEvents"], GetAtt(f"{role.logs}Logs.Arn"))
    ]
    for actions, tables in role.rights.items():
        on_index = [action.removesuffix("/index") for action in actions if action.endswith("/index")]
        on_table = [action for action in actions if not action.endswith("/index")]
        if on_table:
            statements.append(_allow(_dynamodb(on_table), [GetAtt(f"{table_id(table)}.Arn") for table in tables]))
        if on_index:
            statements.append(
                _allow(_dynamodb(on_index), [Sub(f"${{{table_id(table)}.Arn}}/index/*") for table in tables])
            )
    if role.mails:
        identity = Sub("arn:${AWS::Partition}:ses:${AWS::Region}:${AWS::AccountId}:identity/${MailIdentity}")
        statements.append(_allow(["ses:SendEmail"], identity))
    if role.traced:
        statements.append(_allow(["xray:PutTelemetryRecords", "xray:PutTraceSegments"], "*"))
    return {
        f"{name}Role": {
            "Type": "AWS::IAM::Role",
            "Properties": {
                "Description": role.description,
                "AssumeRolePolicyDocument": _policy(
                    [
                        {
                            "Effect": "Allow",
                            "Principal": {"Service": "lambda.amazonaws.com"},
                            "Action": "sts:AssumeRole",
                        }
                    ]
                ),
                "Policies": [{"PolicyName": name, "PolicyDocument": _policy(statements)}],
            },
        }
    }


def _policy(statements: list[dict[str, Any]]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": statements}


def _allow(actions: list[str], resources: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": actions, "Resource": resources}


def _dynamodb(actions: Iterable[str]) -> list[str]:
    return [f"dynamodb:{action}" for action in actions]


def table_id(base: str) -> str:
    """Return the logical id of the table *base*: ``RemoteConfigsTable`` of ``remote-configs``."""
    return "".join(map(str.capitalize, base.split("-"))) + "Table"


def _tables() -> list[dict[str, Any]]:
    return [
        {
            table_id(base): {
                "Type": "AWS::DynamoDB::Table",
                "DeletionPolicy": "RetainExceptOnCreate",
                "UpdateReplacePolicy": "Retain",
                "Properties": {
                    **definition,
                    "TableName": Sub(definition["TableName"]),
                    **({"TimeToLiveSpecification": _TTL} if base in TABLES_WITH_TTL else {}),
                    "DeletionProtectionEnabled": Ref("DeletionProtection"),
                    "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True},
                    "SSESpecification": {"SSEEnabled": True},
                },
            }
        }
        for base, definition in definitions(prefix="${TablePrefix}togglebox-").items()
    ]


_TTL: Final = {"AttributeName": TTL_ATTRIBUTE, "Enabled": True}


class Ref(str):
    """CloudFormation's ``!Ref``."""

    __slots__ = ()


class GetAtt(str):
    """CloudFormation's ``!GetAtt``."""

    __slots__ = ()


class Sub(str):
    """CloudFormation's ``!Sub``."""

    __slots__ = ()


class If(list[Any]):
    """CloudFormation's ``!If``."""

    __slots__ = ()


class _Dumper(yaml.SafeDumper):
    """Writes intrinsic functions in their short form, and everything in full wherever it stands."""

    def ignore_aliases(self, data: Any) -> bool:
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: FBT001, FBT002
        super().increase_indent(flow, indentless=False)


_Dumper.add_representer(Ref, lambda dumper, value: dumper.represent_scalar("!Ref", value))
_Dumper.add_representer(GetAtt, lambda dumper, value: dumper.represent_scalar("!GetAtt", value))
_Dumper.add_representer(Sub, lambda dumper, value: dumper.represent_scalar("!Sub", value))
_Dumper.add_representer(If, lambda dumper, value: dumper.represent_sequence("!If", value, flow_style=True))


def _indented(stanza: Mapping[str, Any]) -> str:
    text = yaml.dump(dict(stanza), Dumper=_Dumper, sort_keys=False, width=110, default_flow_style=None)
    return "".join(f"  {line}\n" for line in _UNQUOTED.sub(r"\1 \2", text).splitlines())


_UNQUOTED: Final = re.compile(r"(!Ref|!GetAtt) '([A-Za-z0-9.]+)'")
"""PyYAML quotes every scalar that has a tag."""
