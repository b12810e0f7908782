"""A handler that answers the same bytes whatever is asked, in the same server: what is spent before our code runs."""

import gc
import sys
from collections.abc import Iterable

from togglebox.edge.local import Application, Environ, Start
from togglebox.edge.server import listen

BODY = b'{"success":true,"data":{"welcomeMessage":"Welcome","itemsPerPage":24},"timestamp":"2026-01-01T00:00:00.000Z"}'
HEADERS = [("Content-Type", "application/json; charset=utf-8")]


def made() -> Application:
    def answer(environ: Environ, start: Start) -> Iterable[bytes]:
        start("200 OK", HEADERS)
        return [BODY]

    gc.collect()
    gc.freeze()
    return answer


if __name__ == "__main__":
    listen("127.0.0.1", int(sys.argv[1]), made)
