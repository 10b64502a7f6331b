"""What `Transcoder.events()` tells of a job, beside `Progress`."""

from __future__ import annotations

from .reports import Plan, TranscodeStats
from .values import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import ClassVar, Literal

__all__ = ["Finished", "Planned", "StageChanged", "Started", "Warning"]


class Started(Value):
    """The job has begun. The first event."""


class Planned(Value):
    """The input was read as far as needed to know what will be done."""

    _make: ClassVar = {"plan": lambda plan: plan if isinstance(plan, Plan) else Plan.from_dict(plan)}

    plan: Plan
    """What the job does."""


class StageChanged(Value):
    """The job is at something else."""

    stage: Literal["encode", "finish"]
    """What it is at now."""


class Warning(Value):
    """Something was dropped, changed, repaired or found damaged."""

    message: str
    """What, as it also is in `TranscodeStats.warnings`."""


class Finished(Value):
    """The job is done, and the output complete under its name. The last event."""

    _make: ClassVar = {
        "stats": lambda stats: stats if isinstance(stats, TranscodeStats) else TranscodeStats.from_dict(stats)
    }

    stats: TranscodeStats
    """What was done."""
