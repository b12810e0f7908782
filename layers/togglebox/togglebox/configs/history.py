"""What changed from one version of a parameter to the next."""

from togglebox.configs.views import ChangeView, DifferenceView
from togglebox.journal.record import Head

FIELDS = ("valueType", "defaultValue", "description", "parameterGroup", "jsonSchema")


def change_between(previous: Head | None, head: Head) -> ChangeView:
    """Return the change that made *head*, with each field that it touched; *previous* is the version before it."""
    before = {} if previous is None else previous.data
    after = {} if head.deleted else head.data
    record = head.change
    return ChangeView(
        id=record["id"],
        version=str(head.number),
        action=record["action"],
        author=record["author"],
        at=record["at"],
        changes=[
            DifferenceView(field, before.get(field), after.get(field))
            for field in FIELDS
            if before.get(field) != after.get(field)
        ],
        comment=record.get("comment"),
        source=record.get("source"),
        request_id=record.get("requestId"),
    )
