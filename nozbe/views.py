from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.models import Account
from accounts.pages.finding import invitations_of, places_of


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The first page: what this is for a visitor, one's own teams for who is signed in."""
    context = {}
    if isinstance(request.user, Account):
        context = {"places": places_of(request.user), "invitations": invitations_of(request.user)}
    return render(request, "home.html", context)
