from tasks.models.checklist_item import ChecklistItem
from tasks.models.comment import Comment, Reaction
from tasks.models.priority import Priority
from tasks.models.project import Project
from tasks.models.project_group import ProjectGroup
from tasks.models.project_member import Favourite, ProjectMember
from tasks.models.reminder import Reminder
from tasks.models.section import Section
from tasks.models.tag import Tag, TaskTag
from tasks.models.task import Task

__all__ = [
    "ChecklistItem",
    "Comment",
    "Favourite",
    "Priority",
    "Project",
    "ProjectGroup",
    "ProjectMember",
    "Reaction",
    "Reminder",
    "Section",
    "Tag",
    "Task",
    "TaskTag",
]
