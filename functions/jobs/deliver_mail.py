"""Send the mails that are due: once a minute."""

from togglebox.app import App
from togglebox.edge.job import job


@job("rate(1 minute)")
def handler(app: App) -> dict[str, int]:
    return dict(app.deliver_mail())
