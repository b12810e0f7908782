"""
Cloudflare's REST API for D1, as far as it runs SQL: a server on the loopback address, with SQLite behind it.

Paths, headers and the shapes of answers and errors are those that Cloudflare documents, with values as D1 gives them
(https://developers.cloudflare.com/api/resources/d1/subresources/database/methods/raw/). What it cannot show is how D1
itself runs the SQL: that is shown on workerd's.
"""

import json
import sqlite3
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final, NamedTuple

ACCOUNT: Final = "0123456789abcdef0123456789abcdef"
DATABASE: Final = "11111111-2222-3333-4444-555555555555"
TOKEN: Final = "a-token-that-nobody-may-read"  # not one of Cloudflare's

PATH: Final = f"/client/v4/accounts/{ACCOUNT}/d1/database/{DATABASE}/raw"


class Refused(NamedTuple):
    status: int
    code: int
    message: str


class D1API(ThreadingHTTPServer):
    """Remembers the *asked* bodies, and has the database that they change."""

    daemon_threads = True
    request_queue_size = 128  # with five, the system resets connections of a race, after they could be written to

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.asked: list[Mapping[str, Any]] = []
        self._lock = threading.Lock()
        self._connection = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/client/v4"

    def answer(self, path: str, authorization: str | None, body: bytes) -> tuple[int, Mapping[str, Any]]:
        """Return the status and the answer to a request."""
        if authorization != f"Bearer {TOKEN}":
            return _refusal(Refused(401, 10_000, "Authentication error"))
        if path != PATH:
            return _refusal(Refused(404, 7_404, f"The database {path.split('/')[-2]} could not be found"))
        asked = json.loads(body)
        batch = asked.get("batch", [asked])
        with self._lock:
            self.asked.append(asked)
            self._connection.execute("BEGIN")
            try:
                result = [self._run(each["sql"], each.get("params", ())) for each in batch]
                self._connection.execute("COMMIT")
            except sqlite3.Error as error:
                return _refusal(Refused(400, 7_500, f"{error}: SQLITE_ERROR"))
            finally:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
        return 200, {"result": result, "success": True, "errors": [], "messages": []}

    def server_close(self) -> None:
        super().server_close()
        self._connection.close()

    def _run(self, sql: str, params: Sequence[Any]) -> Mapping[str, Any]:
        if len(params) > 100:
            raise sqlite3.OperationalError("too many SQL variables at offset 0")
        if len(sql.encode()) > 100_000 or any(
            isinstance(each, str) and len(each.encode()) > 2_000_000 for each in params
        ):
            raise sqlite3.DataError("string or blob too big")
        before = self._connection.total_changes
        cursor = self._connection.execute(sql, params)
        rows = cursor.fetchall()
        changes = self._connection.total_changes - before
        return {
            "results": {"columns": [column[0] for column in cursor.description or ()], "rows": rows},
            "success": True,
            "meta": {
                "served_by": "v3-prod",
                "served_by_region": "WEUR",
                "served_by_primary": True,
                "timings": {"sql_duration_ms": 0.2},
                "duration": 0.2,
                "changes": changes,
                "last_row_id": 0,
                "changed_db": changes > 0,
                "size_after": 16_384,
                "rows_read": len(rows),
                "rows_written": changes,
                "total_attempts": 1,
            },
        }


@contextmanager
def d1_api() -> Iterator[D1API]:
    """Serve an empty database for the block."""
    with D1API() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # head and body leave in two pieces
    server: D1API

    def do_POST(self) -> None:  # http.server's name
        body = self.rfile.read(int(self.headers["Content-Length"]))
        status, answer = self.server.answer(self.path, self.headers["Authorization"], body)
        text = json.dumps(answer, ensure_ascii=False).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing: tests look at what was asked."""


def _refusal(refused: Refused) -> tuple[int, Mapping[str, Any]]:
    errors = [{"code": refused.code, "message": refused.message}]
    return refused.status, {"result": [], "success": False, "errors": errors, "messages": []}
