"""Mail through a provider's HTTP API: one POST with a bearer token, in the form that Resend made common."""

import json
from collections.abc import Callable, Mapping
from typing import Final
from urllib.parse import urlsplit

from togglebox.adapters.http1 import Host, Unanswered, Unsent
from togglebox.mail.message import spelled
from togglebox.mail.port import Mail, MailFailed, MailRefused, Sender

TIMEOUT: Final = 10.0

FINAL: Final = frozenset({400, 413, 422})
"""Statuses that the same mail will meet again; with others, the operator or time may help."""

type Send = Callable[[str, Mapping[str, str], bytes], int]
"""POSTs to a URL headers and a body; returns the status, or raises `MailFailed`. A Worker hands in its `fetch`."""


class HTTPMailer:
    """
    Posts each mail to *url* as JSON: ``from``, ``to``, ``subject``, ``text``, ``html``.

    The `Idempotency-Key` is the mail's id. Redirects are not followed, since they would carry the token elsewhere.
    """

    def __init__(self, url: str, token: str, *, sender: Sender, send: Send) -> None:
        self._url: Final = url
        self._token: Final = token
        self._sender: Final = sender
        self._send: Final = send

    def send(self, mail: Mail) -> None:
        body = {
            "from": str(spelled(self._sender.name, self._sender.address)),
            "to": [str(spelled(mail.name, mail.address))],
            "subject": mail.subject,
            "text": mail.text,
            "html": mail.html,
        }
        headers = {
            "authorization": f"Bearer {self._token}",
            "content-type": "application/json",
            "idempotency-key": mail.id,
            "user-agent": "togglebox",
        }
        status = self._send(self._url, headers, json.dumps(body).encode())
        if not 200 <= status < 300:
            raise (MailRefused if status in FINAL else MailFailed)(f"The mail provider answered with status {status}")


def over_sockets(clock: Callable[[], float]) -> Send:
    """Return what posts over a connection of its own; *clock* counts seconds."""

    def send(url: str, headers: Mapping[str, str], body: bytes) -> int:
        parts = urlsplit(url)
        host = Host(f"{parts.scheme}://{parts.netloc}", clock)
        try:
            return host.request("POST", parts.path or "/", headers, body, timeout=TIMEOUT).status
        except (Unsent, Unanswered) as error:
            raise MailFailed("The mail provider did not answer") from error
        finally:
            host.close()

    return send
