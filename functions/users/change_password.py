"""Change one's password, which ends all sessions; the one so far is needed."""

from togglebox.app import App
from togglebox.auth.requests import PasswordChange
from togglebox.edge import Request, endpoint
from togglebox.edge.response import Message


@endpoint("POST", "/users/me/password", area="public", person=True)
def handler(request: Request[PasswordChange], app: App) -> Message:
    passwords = request.json()
    app.accounts.signing_in.change_password(
        request.principal, current=passwords.current_password, new=passwords.new_password
    )
    return Message("Password changed successfully")
