"""Whom a project is shared with, and who has it among their favourites.

Both hang on a membership, not on an account: whoever leaves the team and comes back starts anew.
"""

from __future__ import annotations

from django.db import models

from nozbe.models import Record


class ProjectMember(Record):
    team = models.ForeignKey("accounts.Team", on_delete=models.CASCADE, related_name="+", db_index=False)
    project = models.ForeignKey("tasks.Project", on_delete=models.CASCADE, related_name="members", db_index=False)
    membership = models.ForeignKey("accounts.Membership", on_delete=models.CASCADE, related_name="project_members")

    objects: models.Manager[ProjectMember] = models.Manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "membership"], name="a_project_is_shared_once_with_each"),
        ]
        indexes = [models.Index(fields=["team"], name="project_members_of_a_team")]

    def __str__(self) -> str:
        return self.pk


class Favourite(Record):
    team = models.ForeignKey("accounts.Team", on_delete=models.CASCADE, related_name="+", db_index=False)
    project = models.ForeignKey("tasks.Project", on_delete=models.CASCADE, related_name="favourites", db_index=False)
    membership = models.ForeignKey("accounts.Membership", on_delete=models.CASCADE, related_name="favourites")

    objects: models.Manager[Favourite] = models.Manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "membership"], name="a_project_is_once_a_favourite_of_each"),
        ]
        indexes = [models.Index(fields=["team"], name="favourites_of_a_team")]

    def __str__(self) -> str:
        return self.pk
