"""Create an environment in a platform."""

from togglebox.app import App
from togglebox.edge import Request, endpoint
from togglebox.edge.response import Item
from togglebox.platforms.requests import NewEnvironment
from togglebox.platforms.views import EnvironmentView


@endpoint("POST", "/platforms/{platform}/environments", area="internal", permission="config:write", status=201)
def handler(request: Request[NewEnvironment], app: App) -> Item[EnvironmentView]:
    new = request.json()
    environment = app.environments.create(
        request.path["platform"],
        new.environment,
        description=new.description,
        created_by=request.principal.id,
        change=request.change("create"),
    )
    return Item(EnvironmentView.of(environment), environment.stamp)
