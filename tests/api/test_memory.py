"""What strangers send is not remembered, however often they send something else."""

import tracemalloc
from collections.abc import Callable, Iterator

import pytest

from tests.api.given import CONFIGS, EDIT_PLATFORMS, PLATFORMS
from tests.api.world import World
from tests.engines.secrecy import WATCH

LONG = "x" * 8_000


@pytest.fixture
def traced() -> Iterator[Callable[[], int]]:
    """Give what tells how many bytes were allocated since the test began and not freed."""
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    yield lambda: tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        (f"{PLATFORMS}/{{}}", {}),
        (f"{PLATFORMS}/web/environments/{{}}", {}),
        (f"{CONFIGS}/{{}}", {}),
        (f"{CONFIGS}/color/versions/{{}}", {}),
        ("/{}", {}),
        (f"{CONFIGS}/list?x={{}}", {}),
        (f"{CONFIGS}/list?nextToken={{}}", {}),
        (PLATFORMS, {"Host": "{}"}),
        (f"{EDIT_PLATFORMS}/web", {"Host": "{}"}),
        (f"{EDIT_PLATFORMS}/web", {"Origin": "http://{}"}),
        (PLATFORMS, {"X-Request-ID": "{}"}),
        (PLATFORMS, {"If-None-Match": '"{}"'}),
        (PLATFORMS, {"Accept-Encoding": "{}"}),
    ],
)
def test_long_input_is_forgotten(shop: World, traced: Callable[[], int], path: str, headers: dict[str, str]) -> None:
    for number in range(400):
        sent = f"{LONG}{number}"
        filled = {name: value.format(sent) for name, value in headers.items()}
        shop.client.send("GET" if not path.startswith(EDIT_PLATFORMS) else "PATCH", path.format(sent), headers=filled)
        shop.log.clear()
        shop.store.calls.clear()
        WATCH.check()  # it remembers what was logged until then

    assert traced() < 1_000_000
