"""What docs/accounts.md says in tables is what the product does."""

from pathlib import Path
from typing import Final

from togglebox.auth import throttle
from togglebox.auth.permissions import PERMISSIONS, Permission, Role
from togglebox.auth.throttle import Limit
from togglebox.journal.audit import KINDS

PAGE: Final = (Path(__file__).parents[2] / "docs" / "accounts.md").read_text(encoding="utf-8")


def table(first: str) -> list[tuple[str, ...]]:
    """Return the rows of the table whose first heading is *first*, below the headings."""
    _, _, rest = PAGE.partition(f"| {first} |")
    lines = rest.partition("\n\n")[0].splitlines()[2:]
    return [tuple(cell.strip() for cell in line.strip().strip("|").split("|")) for line in lines]


def test_the_roles_open_what_the_page_says() -> None:
    told = {cells[0].strip("`"): cells[1:] for cells in table("permission")}

    assert told == {
        permission: tuple("yes" if permission in PERMISSIONS[role] else "" for role in Role)
        for permission in Permission
    }


def test_the_limits_are_those_of_the_page() -> None:
    within = {"15 minutes": 900.0, "60 minutes": 3_600.0, "1 minute": 60.0}
    told = {(int(most), within[time]) for _, most, time in table("what")}
    limits = [value for value in vars(throttle).values() if isinstance(value, Limit)]

    assert told == {(limit.most, float(limit.within)) for limit in limits}
    assert len(table("what")) == len(limits)


def test_the_audit_knows_the_kinds_of_the_page() -> None:
    assert ", ".join(f"`{kind}`" for kind in KINDS) in PAGE
