"""What one says about a task, by the words of REST; validated, it speaks of columns."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers

from accounts.models import Account
from nozbe.api.inputs import Id, Input, Text, Whole
from tasks.models.recurring import Mode, Repetition
from tasks.models.task import MOST_MINUTES

COLUMNS = {"section": "section_id", "responsible": "responsible_id"}


class TaskColumnsIn(Input):
    project = Id(required=False)
    section = Id(required=False, allow_null=True)
    responsible = Id(required=False, allow_null=True, help_text="An account that works in the project.")
    due_on = serializers.DateField(required=False, allow_null=True, help_text="All day.")
    due_at = serializers.DateTimeField(required=False, allow_null=True, help_text="At a time of day.")
    time_needed_minutes = Whole(required=False, allow_null=True, min_value=1, max_value=MOST_MINUTES)

    def validate(self, attributes: dict[str, Any]) -> dict[str, Any]:
        """By the names of columns. A date takes the place of a time, and the other way round."""
        given = {COLUMNS.get(name, name): value for name, value in attributes.items()}
        for said, other in (("due_on", "due_at"), ("due_at", "due_on")):
            if given.get(said) is not None and other not in given:
                given[other] = None
        return given


class RecurrenceIn(Input):
    rule = Text(max_length=200, help_text="RFC 5545: FREQ, INTERVAL, BYDAY, BYMONTHDAY, BYMONTH, UNTIL, COUNT.")
    mode = serializers.ChoiceField(Mode.choices, default=Mode.SCHEDULE)
    time_zone = Text(required=False, max_length=64, help_text="IANA; one's own, unless said.")

    def validate(self, attributes: dict[str, Any]) -> dict[str, Any]:
        """A rule, always: also where only a part of the task is said."""
        if "rule" not in attributes:
            missing = serializers.ErrorDetail(_("Say by which rule it comes again."), code="required")
            raise serializers.ValidationError({"rule": [missing]})
        return attributes


class TaskIn(TaskColumnsIn):
    name = Text(max_length=1000)
    tags = serializers.ListField(child=Id(), required=False, max_length=100, help_text="All that one sees of them.")
    recurrence = RecurrenceIn(required=False, allow_null=True, help_text="Leave it out to leave it alone.")


class NewTaskIn(TaskIn):
    id = Id(required=False)
    team = Id(required=False, help_text="Instead of a project: among one's Single tasks there.")

    def validate(self, attributes: dict[str, Any]) -> dict[str, Any]:
        """Exactly one of project and team."""
        if ("project" in attributes) == ("team" in attributes):
            text = _("Say in which project; or, for Single tasks, in which team.")
            raise serializers.ValidationError({"project": [serializers.ErrorDetail(text, code="one")]})
        return super().validate(attributes)


def with_repetition(given: dict[str, Any], account: Account) -> dict[str, Any]:
    """The recurrence in the words of the model."""
    said = given.get("recurrence")
    if said is None:
        return given
    zone = said.get("time_zone", account.time_zone)
    return given | {"recurrence": Repetition(said["rule"], said.get("mode", Mode.SCHEDULE), zone)}
