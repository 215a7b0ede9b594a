"""A team with something of each kind in each place, to see who finds what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from accounts.models import Account, Team
from tasks.models import ChecklistItem, Comment, Project, Section, Tag, Task
from tests.api.caller import Caller
from tests.cast import ADMIN, GUEST, MEMBER, OWNER, PEOPLE, STRANGER, Person, the_team

WORD = "Kłębek"
"""In the name or text of everything there is."""

IN_A_PROJECT = ("project", "section", "task", "comment", "checklist_item")


@dataclass
class World:
    team: Team
    people: dict[Person, Account]
    rows: dict[str, object] = field(default_factory=dict)
    """By kind and place, such as `task private`."""

    def caller(self, person: Person) -> Caller:
        return Caller(self.people[person])

    def ids(self, *names: str) -> dict[str, str]:
        """ID → name."""
        return {self.rows[name].pk: name for name in names}

    def names(self) -> dict[str, str]:
        return self.ids(*self.rows)


SEEN = {
    "open": (OWNER, ADMIN, MEMBER),
    "private": (ADMIN,),
    "shared": (ADMIN, MEMBER, GUEST),
    "single": (ADMIN,),
    "teams": (OWNER, ADMIN, MEMBER),
    "own": (ADMIN,),
    "on shared": (OWNER, ADMIN, MEMBER, GUEST),
}
"""Place → who sees what is there; of tags, those of the team, ADMIN's own, and one on a task that GUEST sees."""


def a_world() -> World:
    """All of it made by ADMIN."""
    world = World(the_team(), {person: person.account() for person in PEOPLE})
    admin = world.people[ADMIN]
    on_shared = Tag.objects.make(world.team, by=admin, name=f"{WORD} on shared")
    world.rows["tag on shared"] = on_shared
    world.rows["tag teams"] = Tag.objects.make(world.team, by=admin, name=f"{WORD} teams")
    world.rows["tag own"] = Tag.objects.make(world.team, by=admin, name=f"{WORD} own", private=True)
    for place in ("open", "private", "shared"):
        project = Project.objects.make(world.team, by=admin, name=f"{WORD} {place}", is_open=place == "open")
        world.rows[f"project {place}"] = project
        world.rows[f"section {place}"] = Section.objects.make(project, by=admin, name=f"{WORD} {place}")
        fill(world, project, place, tags=[on_shared.pk] if place == "shared" else [])
    for person in (MEMBER, GUEST):
        world.rows["project shared"].share(world.people[person].pk, by=admin)
    fill(world, Project.objects.single_tasks_of(world.team.pk, by=admin), "single")
    return world


def fill(world: World, project: Project, place: str, *, tags: Sequence[str] = ()) -> None:
    """With a task, and on it a comment and an item to tick off."""
    admin = world.people[ADMIN]
    task = Task.objects.make(project, by=admin, name=f"{WORD} {place}", tags=list(tags))
    world.rows[f"task {place}"] = task
    world.rows[f"comment {place}"] = Comment.objects.make(task, by=admin, body=f"{WORD} {place}")
    world.rows[f"checklist_item {place}"] = ChecklistItem.objects.make(task, by=admin, name=f"{WORD} {place}")


def seen_by(world: World, person: Person) -> set[str]:
    """Names of all rows that the table above shows them."""
    return {name for name in world.rows if person in SEEN[name.split(" ", 1)[1]]}


MEMBERS = (OWNER, ADMIN, MEMBER, GUEST)
assert STRANGER not in MEMBERS
