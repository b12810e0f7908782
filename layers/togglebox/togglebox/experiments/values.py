"""What an experiment may hold: its fields, their rules and their limits."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final

from togglebox.errors import Invalid, Refused
from togglebox.experiments.lifecycle import Lifecycle, Status
from togglebox.store.port import Body
from togglebox.targeting.limits import check_sizes, key_size

MAX_HYPOTHESIS: Final = 2_000
MAX_VARIATIONS: Final = 20
MAX_METRICS: Final = 20

SUM_WITHIN: Final = 0.01
"""How far from 100 the percentages of an allocation may sum up to."""


def lifecycle_of(data: Body) -> Lifecycle:
    """Return the lifecycle that is stored in *data*."""
    return Lifecycle(Status(data["status"]), data["startedAt"], data["completedAt"])


def stored(lifecycle: Lifecycle) -> dict[str, Any]:
    """Return the fields that hold *lifecycle*."""
    return {
        "status": lifecycle.status.value,
        "startedAt": lifecycle.started_at,
        "completedAt": lifecycle.completed_at,
    }


def check(key: str, data: Body) -> None:
    """
    Check what is to be stored of an experiment.

    Raises:
        LimitExceeded: something is too long, or there is too much of it.
        Invalid: a detail for each rule that the fields break together.
    """
    sizes = (
        ("hypothesis", len(data["hypothesis"]), MAX_HYPOTHESIS, "characters"),
        ("variations", len(data["variations"]), MAX_VARIATIONS, "variations"),
        ("secondaryMetrics", len(data["secondaryMetrics"] or ()), MAX_METRICS, "metrics"),
    )
    check_sizes(key_size("experimentKey", key), data, sizes)
    keys = [variation["key"] for variation in data["variations"]]
    faults = [f"variations: {key} is there twice" for key, count in Counter(keys).items() if count > 1]
    if data["controlVariation"] not in keys:
        faults.append(": Control variation must exist in variations")
    faults += allocation_faults(data["trafficAllocation"], keys)
    start, end = data["scheduledStartAt"], data["scheduledEndAt"]
    if start is not None and end is not None and end <= start:
        faults.append("scheduledEndAt: must be after scheduledStartAt")
    metrics = Counter(metric["id"] for metric in [data["primaryMetric"], *(data["secondaryMetrics"] or ())])
    faults += [f"secondaryMetrics: {metric} is there twice" for metric, count in metrics.items() if count > 1]
    if faults:
        raise Invalid(*faults)


def allocation_faults(allocation: Sequence[Mapping[str, Any]], keys: Sequence[str]) -> list[str]:
    """Return what is wrong with a traffic allocation over the variations *keys*."""
    allocated = [part["variationKey"] for part in allocation]
    faults = []
    if not sums_up(allocation):
        faults.append(": Traffic allocation must sum to 100%")
    if not set(allocated) <= set(keys):
        faults.append(": All traffic allocation keys must exist in variations")
    if len(set(allocated)) < len(allocated) or not set(keys) <= set(allocated):
        faults.append("trafficAllocation: must name every variation exactly once")
    return faults


def check_traffic(allocation: Sequence[Mapping[str, Any]], keys: Sequence[str]) -> None:
    """
    Check a new traffic allocation.

    Raises:
        Refused: it names an unknown variation, or does not sum to 100.
        Invalid: it leaves a variation out, or names one twice.
    """
    unknown = [part["variationKey"] for part in allocation if part["variationKey"] not in keys]
    if unknown:
        raise Refused(f"Unknown variation key: {unknown[0]}")
    if faults := allocation_faults(allocation, keys):
        raise Invalid(*faults)


def sums_up(allocation: Sequence[Mapping[str, Any]]) -> bool:
    """Tell whether the percentages sum to 100, within 0.01."""
    total: float = sum(part["percentage"] for part in allocation)
    return abs(total - 100) <= SUM_WITHIN + 1e-9
