"""Finish what dead writers left, repeat purges, sweep what deletions left behind: once a minute."""

from togglebox.app import App
from togglebox.edge.job import job


@job("rate(1 minute)")
def handler(app: App) -> dict[str, int]:
    return dict(app.upkeep.run())
