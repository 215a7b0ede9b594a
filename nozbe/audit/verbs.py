"""Everything an entry of the record can say was done. A closed list, here and in the database (`audit.verb`).

A new one needs a line here and `nozbe.audit.operations.AddVerbs` in a migration of the app that says it; a test holds
both together. It is never renamed: its name is hashed into the chain.
"""

from enum import StrEnum


class Verb(StrEnum):
    KEY_MADE = "key.made"
    KEY_DESTROYED = "key.destroyed"
    KEYS_ROTATED = "keys.rotated"
    KEYS_REWRAPPED = "keys.rewrapped"
    RECORD_RESTORED = "record.restored"
