"""What finds something in all of a team's work."""

from django.urls import path

from nozbe.api import ids
from tasks.api.activity import ActivityOfTeam
from tasks.api.search import SearchInTeam
from tasks.api.trash import TrashOfTeam

assert ids  # imported for what it registers: `<id:…>`

urlpatterns = [
    path("teams/<id:team>/search", SearchInTeam.as_view(), name="api-search"),
    path("teams/<id:team>/activity", ActivityOfTeam.as_view(), name="api-activity"),
    path("teams/<id:team>/trash", TrashOfTeam.as_view(), name="api-trash"),
]
