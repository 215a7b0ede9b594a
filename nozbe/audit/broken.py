"""What is raised when the record is not what it was. Nothing repairs it: people must look."""

from __future__ import annotations

from collections.abc import Sequence


class RecordBroken(Exception):
    """The text says what is wrong first, for operators; there are no names or content in the record to quote."""

    def __init__(self, text: str, *, seq: int | None = None, event: int | None = None) -> None:
        super().__init__(text)
        self.seq = seq
        self.event = event


class CheckpointsDisagree(RecordBroken):
    """The second store remembers another record, or somebody changed what it remembers."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__(" ".join(problems))
        self.problems = list(problems)
