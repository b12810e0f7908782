"""What a URL of MySQL or MariaDB says: where the server is, who we are, and how the way there is secured."""

import ssl
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import parse_qsl, unquote, urlsplit

DISABLED: Final = "DISABLED"
PREFERRED: Final = "PREFERRED"
REQUIRED: Final = "REQUIRED"
VERIFY_CA: Final = "VERIFY_CA"
VERIFY_IDENTITY: Final = "VERIFY_IDENTITY"
MODES: Final = (DISABLED, PREFERRED, REQUIRED, VERIFY_CA, VERIFY_IDENTITY)
FILES: Final = ("ssl-ca", "ssl-cert", "ssl-key")


def connect_arguments(url: str) -> Mapping[str, Any]:
    """
    Return PyMySQL's arguments for ``mysql://user:password@host:port/database?ssl-mode=...``.

    User, password and database are percent-encoded. The parameters are those of MySQL's own clients, also with
    ``_`` for ``-``:

    - ``ssl-mode``: ``DISABLED``; ``PREFERRED`` (the default: TLS if the server has it); ``REQUIRED`` (TLS, whoever
      answers); ``VERIFY_CA`` (whose certificate the authority signed; the default with ``ssl-ca``);
      ``VERIFY_IDENTITY`` (and which is the host's).
    - ``ssl-ca``: the file with the authority's certificate (the system's authorities); ``ssl-cert`` and ``ssl-key``:
      those with our own certificate and key.
    - ``socket``: the file of a local server's socket, which host and port do not matter for.

    Raises:
        ValueError: the URL cannot be used; the sentence names the part that is wrong, and never what it holds.
    """
    parts = urlsplit(url)
    given = {name.lower().replace("_", "-"): value for name, value in parse_qsl(parts.query, keep_blank_values=True)}
    if given.keys() - {"ssl-mode", *FILES, "socket"}:
        known = ", ".join(["ssl-mode", *FILES, "socket"])
        raise ValueError(f"The database's URL has a parameter that means nothing here; known are {known}")
    database = unquote(parts.path.removeprefix("/"))
    if not database or "/" in database:
        raise ValueError("The database's URL names no database; wanted: mysql://user:password@host:port/database")
    return {
        "host": parts.hostname,
        "port": parts.port or 3306,
        "user": unquote(parts.username or ""),
        # PyMySQL takes text for Latin-1 here, which not every password is.
        "password": unquote(parts.password or "").encode(),
        "database": database,
        **({"unix_socket": given["socket"]} if "socket" in given else {}),
        **_tls(given),
    }


def _tls(given: Mapping[str, str]) -> Mapping[str, Any]:
    mode = given.get("ssl-mode", VERIFY_CA if "ssl-ca" in given else PREFERRED).upper().replace("-", "_")
    if mode not in MODES:
        raise ValueError(f"The database's URL has another ssl-mode than {', '.join(MODES)}")
    if mode == DISABLED:
        return {"ssl_disabled": True}
    if mode == PREFERRED and not given.keys() & set(FILES):
        return {}  # PyMySQL's own way
    try:
        context = ssl.create_default_context(cafile=given.get("ssl-ca"))
        if "ssl-cert" in given:
            context.load_cert_chain(given["ssl-cert"], given.get("ssl-key"))
    except OSError as error:
        raise ValueError(f"The database's URL names files that cannot be used: {', '.join(FILES)}") from error
    # The certificates that MySQL makes for itself lack what Python has come to ask for.
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    context.check_hostname = mode == VERIFY_IDENTITY
    if mode in (PREFERRED, REQUIRED):
        context.verify_mode = ssl.CERT_NONE
    return {"ssl": context}
