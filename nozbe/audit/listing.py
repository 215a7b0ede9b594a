"""What the second store holds of checkpoints: every version, also of what somebody deleted or wrote over."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from nozbe import second_store
from nozbe.audit.checkpoints import PREFIX, Checkpoint
from nozbe.second_store import Version

RECENT_DAYS = 2
AHEAD = timedelta(minutes=5)
"""How far the worker's clock may be ahead of ours before a checkpoint is from the future."""

DAY = len(f"{PREFIX}2026-11-23")


@dataclass(frozen=True)
class Listing:
    """A part of the store, such as a day."""

    oldest: dict[Checkpoint, str]
    """Each checkpoint with the ID of its oldest version: that one is ours, whoever wrote over it came later."""

    deleted: list[str]
    """Names that somebody deleted; the versions are still there."""

    problems: list[str]
    """All that is wrong, in sentences, also what is deleted."""


def recent() -> Iterator[Listing]:
    """From two days ago to tomorrow, in case the worker is ahead of us; then whatever is dated later still."""
    today = timezone.now().date()
    days = [f"{PREFIX}{today + timedelta(days=number)}" for number in range(-RECENT_DAYS, 2)]
    later = {name[:DAY] for name in second_store.names(settings.RECORD_BUCKET, prefix=PREFIX, after=f"{days[-1]}0")}
    for prefix in [*(f"{day}/" for day in days), *sorted(later)]:
        yield _listing(second_store.versions(settings.RECORD_BUCKET, prefix=prefix))


def everything() -> Iterator[Listing]:
    """All there is under the prefix, by day; what is no checkpoint's is a part of its own, wherever it sorts."""
    by_day: dict[str, list[Version]] = defaultdict(list)
    for version in second_store.versions(settings.RECORD_BUCKET, prefix=PREFIX):
        by_day[version.name[:DAY]].append(version)
    for day in sorted(by_day):
        yield _listing(by_day.pop(day))


def _listing(versions: Iterable[Version]) -> Listing:
    by_name: dict[str, list[Version]] = defaultdict(list)
    for version in versions:
        by_name[version.name].append(version)
    found = Listing({}, [], [])
    latest = timezone.now() + AHEAD
    for name, all_versions in sorted(by_name.items()):
        kept = [version for version in all_versions if not version.is_deletion]
        checkpoint = Checkpoint.from_name(name)
        if len(kept) < len(all_versions):
            found.deleted.append(name)
            found.problems.append(f"{name} was deleted.")
        if len(kept) > 1:
            found.problems.append(f"{name} was written over.")
        if checkpoint is None:
            found.problems.append(f"{name} is no checkpoint's name.")
        elif checkpoint.at > latest:
            found.problems.append(f"{name} is dated ahead of the clock.")
        if checkpoint and kept:
            oldest = min(reversed(kept), key=lambda version: version.at)  # listed from the newest on
            found.oldest[checkpoint] = oldest.version_id
    return found
