"""What finds something in all of a team's work."""

from django.urls import path

from nozbe.api import ids
from tasks.api.search import SearchInTeam

assert ids  # imported for what it registers: `<id:…>`

urlpatterns = [
    path("teams/<id:team>/search", SearchInTeam.as_view(), name="api-search"),
]
