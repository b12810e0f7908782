"""Which public paths can show a change."""

from collections.abc import Sequence

PREFIX = "/api/v1/platforms"


def paths_of(names: Sequence[str], tier: str, key: str) -> list[str]:
    """
    Return every path that shows the entity *key* of *tier* in the scope *names*; a trailing ``*`` takes query strings.

    A deleted platform or environment takes everything below it along.
    """
    match [*names]:
        case []:
            return [PREFIX, f"{PREFIX}?*", f"{PREFIX}/{key}*"]
        case [platform]:
            below = f"{PREFIX}/{platform}/environments"
            return [below, f"{below}?*", f"{below}/{key}*"]
        case [platform, environment, *_]:
            below = f"{PREFIX}/{platform}/environments/{environment}/{tier}"
            return [f"{below}*"]
    raise AssertionError(names)
