from __future__ import annotations

from typing import Any

from django.urls import URLPattern, path

from nozbe.api import ids
from tasks.api.bulk import TaskChanges
from tasks.api.checklist_items import ITEM_STATES, ChecklistItems, OneChecklistItem, place_item
from tasks.api.comments import COMMENT_STATES, Comments, OneComment, OneReaction, Reactions
from tasks.api.priority import MyPriority, TaskPriority
from tasks.api.project_groups import GROUP_STATES, OneProjectGroup, ProjectGroups, place_group
from tasks.api.projects import PROJECT_STATES, OneProject, OneProjectMember, ProjectMembers, Projects, place_project
from tasks.api.reminders import MyReminder, MyReminders
from tasks.api.sections import SECTION_STATES, OneSection, Sections, place_section
from tasks.api.tags import TAG_STATES, OneTag, Tags
from tasks.api.tasks import TASK_STATES, OneTask, TaskCompletion, TaskPlace, Tasks

assert ids  # imported for what it registers: `<id:…>`


def of(kind: str, many: Any, one: Any, states: dict[str, Any], *, place: Any = None) -> list[URLPattern]:
    """Addresses of one kind of thing, named `api-<kind>`, `api-<kind>-one` and `api-<kind>-<state>`."""
    parts = states | ({"position": place} if place else {})
    return [
        path(kind, many.as_view(), name=f"api-{kind}"),
        path(f"{kind}/<id:pk>", one.as_view(), name=f"api-{kind}-one"),
        *(path(f"{kind}/<id:pk>/{part}", view, name=f"api-{kind}-{part}") for part, view in parts.items()),
    ]


urlpatterns = [
    *of("tasks", Tasks, OneTask, TASK_STATES, place=TaskPlace.as_view()),
    path("tasks/<id:pk>/completion", TaskCompletion.as_view(), name="api-task-completion"),
    path("tasks/<id:pk>/priority", TaskPriority.as_view(), name="api-task-priority"),
    path("tasks/changes", TaskChanges.as_view(), name="api-task-changes"),
    path("me/priority", MyPriority.as_view(), name="api-me-priority"),
    path("me/reminders", MyReminders.as_view(), name="api-me-reminders"),
    path("me/reminders/<id:pk>", MyReminder.as_view(), name="api-me-reminder"),
    *of("project-groups", ProjectGroups, OneProjectGroup, GROUP_STATES, place=place_group),
    *of("projects", Projects, OneProject, PROJECT_STATES, place=place_project),
    path("projects/<id:pk>/members", ProjectMembers.as_view(), name="api-project-members"),
    path("projects/<id:pk>/members/<id:account>", OneProjectMember.as_view(), name="api-project-member"),
    *of("sections", Sections, OneSection, SECTION_STATES, place=place_section),
    *of("tags", Tags, OneTag, TAG_STATES),
    *of("comments", Comments, OneComment, COMMENT_STATES),
    path("comments/<id:pk>/reactions", Reactions.as_view(), name="api-reactions"),
    path("comments/<id:pk>/reactions/<id:reaction>", OneReaction.as_view(), name="api-reaction"),
    *of("checklist-items", ChecklistItems, OneChecklistItem, ITEM_STATES, place=place_item),
]
