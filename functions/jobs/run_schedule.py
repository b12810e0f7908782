"""Start and end the experiments whose time has come: once a minute."""

from togglebox.app import App
from togglebox.edge.job import job


@job("rate(1 minute)")
def handler(app: App) -> dict[str, int]:
    return dict(app.run_schedule())
