"""What is on in a small design studio: the plan of the example team's work, for `tasks.seeding`. Nothing but content.

People are called by their roles. Days count from today; a time is by the clock of the team's owner.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class TaskPlan:
    name: str
    who: str = ""
    due: int | None = None
    at: str = ""
    minutes: int | None = None
    tags: tuple[str, ...] = ()
    checklist: tuple[str, ...] = ()
    """Items; a `+` before those that are done."""

    every: str = ""
    mode: str = "schedule"
    completed: int = 0
    """How often; a task that comes once, at most once."""

    abandoned: bool = False


@dataclass(frozen=True)
class CommentPlan:
    by: str
    text: str
    reactions: tuple[tuple[str, str], ...] = ()
    pinned: bool = False
    checklist: tuple[str, ...] = ()
    thrown_away: bool = False


@dataclass(frozen=True)
class ProjectPlan:
    name: str
    colour: str
    by: str = "owner"
    group: str = ""
    private: bool = False
    shared_with: tuple[str, ...] = ()
    favourite_of: tuple[str, ...] = ()
    ended: bool = False
    sections: dict[str, tuple[TaskPlan, ...]] = field(default_factory=dict)
    """Name → tasks; without a name, those in no section."""


@dataclass(frozen=True)
class TagPlan:
    who: str
    colour: str
    icon: str = ""
    private: bool = False


T, C = TaskPlan, CommentPlan

GROUPS = ("Clients", "Studio")

TAGS = {
    "print": TagPlan("owner", "amber", "printer"),
    "web": TagPlan("owner", "blue", "globe"),
    "waiting for client": TagPlan("admin", "orange", "hourglass"),
    "urgent": TagPlan("owner", "red", "flame"),
    "quick win": TagPlan("member", "green", "bolt"),
    "flash era": TagPlan("owner", "grey"),
    "misc": TagPlan("admin", "brown"),
    "at my desk": TagPlan("member", "teal", "lamp", private=True),
    "ask my accountant": TagPlan("owner", "purple", private=True),
}
ARCHIVED_TAG = "flash era"
TRASHED_TAG = "misc"

BAKERY = ProjectPlan(
    "Bakery rebrand: Złoty Kłos",
    "amber",
    group="Clients",
    shared_with=("guest",),
    favourite_of=("owner", "member"),
    sections={
        "Research": (
            T("Interview the two head bakers", "member", -16, minutes=90, completed=1),
            T("Photograph the shop at opening time", "member", -12, at="06:30", tags=("print",), completed=1),
            T("Collect signs of other bakeries in Kraków", "admin", -9, completed=1),
        ),
        "Identity": (
            T("Sketch six directions for the logo", "owner", -6, minutes=240, completed=1),
            T("Choose two directions with the client", "owner", -2, at="11:00", tags=("waiting for client",)),
            T("Draw the ear of wheat as one line", "member", 1, minutes=120, tags=("at my desk",)),
            T("Test the logo at 16 pixels", "member", 2, tags=("web", "quick win")),
            T("Colour palette with enough contrast", "admin", 3, tags=("web", "print")),
            T("Write the first draft of the brand book", "owner", 9, minutes=360),
        ),
        "Packaging": (
            T(
                "Paper bags in three sizes", "admin", 6, tags=("print",),
                checklist=("+Ask for the printer's template", "Small: 2 rolls", "Medium: 1 loaf", "Large: 2 loaves"),
            ),
            T("Proof of the cake box", "admin", 12, tags=("print", "waiting for client")),
            T("Stickers for gluten-free bread", "member", 14, tags=("print",)),
        ),
        "Opening": (
            T("Banner above the door: measure and order", "admin", 20, tags=("print",)),
            T("Invitations to the opening", "member", 22),
            T("Chalkboard lettering on the day", "owner", 30, at="07:00", minutes=180),
        ),
    },
)  # fmt: skip
MUSEUM = ProjectPlan(
    "Museum of Glass: website",
    "blue",
    by="admin",
    group="Clients",
    favourite_of=("admin",),
    sections={
        "": (
            T("Call with the curator", "admin", 1, at="14:00", minutes=45, every="FREQ=WEEKLY", tags=("web",)),
            T("Send the invoice for phase two", "owner", -1, tags=("urgent",)),
        ),
        "Content": (
            T("Order photographs of the permanent collection", "admin", -4, tags=("waiting for client",)),
            T("Edit texts of the twelve rooms", "member", 5, minutes=480),
            T("Captions in Polish, English and Ukrainian", "member", 11),
            T("Alternative texts for all images", "", 13, tags=("web",)),
        ),
        "Design": (
            T("Wireframes of the room pages", "admin", -8, completed=1),
            T("Page of an exhibit on a phone", "admin", 0, minutes=150, tags=("web", "urgent")),
            T("Opening hours that nobody can misread", "member", 2, tags=("web", "quick win")),
            T("Print style for school classes", "member", 16, tags=("web", "print")),
        ),
        "Build": (
            T(
                "Check with a screen reader", "member", 18, tags=("web",),
                checklist=("Home", "Rooms", "Tickets", "Contact"),
            ),
            T("Ticket shop: test with a real card", "admin", 21, tags=("web",)),
            T("Virtual tour with a headset", "admin", abandoned=True),
        ),
        "Ideas for later": (T("Sound of each furnace", ""), T("Postcards to send from the page", "")),
    },
)  # fmt: skip
RUNNING = ProjectPlan(
    "Running the studio",
    "green",
    group="Studio",
    favourite_of=("member",),
    sections={
        "Every week": (
            T(
                "Monday planning", "owner", -1, at="09:15", minutes=30, every="FREQ=WEEKLY", completed=1,
                checklist=("+Look through waiting for client", "+Who is away?", "+Three things that matter"),
            ),
            T("Water the plants", "member", -1, every="FREQ=DAILY;INTERVAL=3", mode="completion", completed=1),
            T("Back up the render machine", "admin", 0, at="17:00", every="FREQ=WEEKLY;BYDAY=MO,WE,FR"),
            T("Clean the coffee machine", "member", 2, minutes=15, every="FREQ=WEEKLY", tags=("quick win",)),
        ),
        "Every month": (
            T("Invoices to all clients", "owner", -3, every="FREQ=MONTHLY", completed=2, minutes=60),
            T("Pay the rent", "owner", 4, every="FREQ=MONTHLY"),
            T("Update licences of typefaces", "admin", 25, every="FREQ=YEARLY"),
        ),
        "Office": (
            T("Find a bigger table for the model room", "admin", 8),
            T("Order toner and A3 paper", "member", 0, tags=("quick win",)),
            T("Repair the blind in the meeting room", "", tags=("quick win",)),
        ),
        "Old address": (T("Hand over the keys", "owner", -40, completed=1),),
    },
)  # fmt: skip
ARCHIVED_SECTIONS = ("Old address",)

PORTFOLIO = ProjectPlan(
    "Our own portfolio",
    "pink",
    by="member",
    group="Studio",
    sections={
        "": (
            T("Choose eight projects to show", "owner", 7),
            T("Write the story of the harbour signs", "member", 10, minutes=180),
            T("Ask the hospital for permission to show the maps", "admin", -5, tags=("waiting for client",)),
            T("New portraits of everybody", "member", 15, at="10:00"),
            T("Move to the new host", "admin", 28, tags=("web",)),
        ),
        "Dropped pages": (T("Blog about typefaces", ""), T("Guest book", "")),
    },
)
TRASHED_SECTION = ("Our own portfolio", "Dropped pages")

HIRING = ProjectPlan(
    "Hiring a junior designer",
    "purple",
    private=True,
    shared_with=("admin",),
    favourite_of=("owner",),
    sections={
        "": (
            T("Agree on the salary range", "owner", -7, completed=1),
            T("Publish the advertisement", "admin", -3, completed=1),
            T("Read the first twenty applications", "owner", 1, minutes=120, tags=("urgent",)),
            T("Invite four people for a trial day", "admin", 6),
            T("Write kindly to everybody else", "owner", 8, tags=("ask my accountant",)),
        ),
    },
)
FAIR = ProjectPlan(
    "Book fair stand 2026",
    "teal",
    group="Clients",
    by="admin",
    ended=True,
    sections={
        "": (
            T("Build a model of the stand", "member", -75, completed=1),
            T("Print 300 catalogues", "admin", -68, tags=("print",), completed=1),
            T("Take the stand down", "member", -60, completed=1),
            T("Thank the volunteers", "admin", -58, completed=1),
        ),
    },
)
PROJECTS = (BAKERY, MUSEUM, RUNNING, PORTFOLIO, HIRING, FAIR)

SINGLE = {
    "owner": (
        T("Book the train to Gdańsk", "owner", 1, tags=("ask my accountant",)),
        T("Call the accountant about the new van", "owner", -1, minutes=20),
        T("Read about variable typefaces", "owner"),
    ),
    "admin": (T("Renew the parking permit", "admin", 3), T("Sharpen the cutting knives", "admin")),
    "member": (
        T("Bring the sketchbook from home", "member", 0, tags=("at my desk",)),
        T("Apply for the lettering workshop", "member", 5),
    ),
}

COMMENTS = {
    "Choose two directions with the client": (
        C(
            "owner",
            "Sent **A** (wheat), **C** (oven) and **E** (hand) as PDF. We recommend A.",
            (("admin", "👍"),),
            True,
        ),
        C("guest", "We love *A*! Could the line be a little thicker? My mother reads it from across the street."),
        C("member", "Tried 1.5 and 2 points, both on the shared board.", (("guest", "❤️"), ("owner", "👏"))),
    ),
    "Paper bags in three sizes": (
        C("admin", "Before printing:", checklist=("Bleed 3 mm", "Fonts to outlines", "Spot colour for the gold")),
        C("guest", "Please leave room for a stamp with the date of baking."),
    ),
    "Page of an exhibit on a phone": (
        C("admin", "Open questions:\n\n1. Swipe or scroll?\n2. Where does the audio guide go?", pinned=True),
        C("member", "Scroll. People hold a coat in the other hand. 🧥", (("admin", "😂"),)),
        C("admin", "(wrong task, sorry)", thrown_away=True),
    ),
    "Order photographs of the permanent collection": (
        C("owner", "The curator is away until next week, see her answer: `Re: photographs, room 4–9`."),
    ),
    "Monday planning": (
        C("owner", "Notes live here. Last time: *fewer meetings*, more drawing.", (("member", "🎉"),)),
    ),
    "Read the first twenty applications": (
        C("owner", "Let us read them without names first."),
        C("admin", "Good idea. I numbered them, the list is with me only.", (("owner", "🙏"),)),
    ),
    "Write the story of the harbour signs": (
        C("member", "> The fog came in, and nobody got lost.\n\nThat is the first line, I think."),
        C("owner", "Keep it!", (("member", "💙"),)),
    ),
    "Take the stand down": (C("member", "Everything is in the van. Lost: one hammer."),),
}

PRIORITIES = {
    "owner": (
        "Send the invoice for phase two",
        "Choose two directions with the client",
        "Read the first twenty applications",
    ),
    "admin": ("Page of an exhibit on a phone", "Ask the hospital for permission to show the maps"),
    "member": ("Draw the ear of wheat as one line", "Bring the sketchbook from home", "Order toner and A3 paper"),
}
REMINDERS: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("owner", "Send the invoice for phase two", {"in_days": 1}),
    ("owner", "Chalkboard lettering on the day", {"minutes_before": 24 * 60}),
    ("admin", "Call with the curator", {"minutes_before": 15}),
    ("member", "New portraits of everybody", {"minutes_before": 60}),
)
TRASHED_TASKS = ("Repair the blind in the meeting room", "Stickers for gluten-free bread")
