"""What clients push: `body` reads it, `standing` finds and locks what it is about, `rules` decide, `writing` writes."""

from nozbe.sync.push.pushing import Conflict, push

__all__ = ["Conflict", "push"]
