"""What happened, never forgotten: who did what to which object, by IDs and verbs alone (docs/record.md)."""

from nozbe.audit.appending import AuditUnavailable, append, append_at_once
from nozbe.audit.verbs import Verb

__all__ = ["AuditUnavailable", "Verb", "append", "append_at_once"]
