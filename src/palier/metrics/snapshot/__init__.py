"""The analytical file of a company: immutable versions refreshed from the source of truth."""

from palier.metrics.snapshot.folder import AnotherRefreshRunning
from palier.metrics.snapshot.refreshing import (
    DiskFull,
    SnapshotFailed,
    SnapshotInfo,
    current,
    refresh,
)

__all__ = [
    "AnotherRefreshRunning",
    "DiskFull",
    "SnapshotFailed",
    "SnapshotInfo",
    "current",
    "refresh",
]
