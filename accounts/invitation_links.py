from __future__ import annotations

from django.http import HttpRequest

from accounts.guessing import note_wrong
from accounts.models import Invitation
from nozbe.client_address import client_address
from nozbe.errors import NotFound


def find_by_link(request: HttpRequest, token: str) -> Invitation:
    """The invitation, open or over, whose link somebody shows.

    Raises NotFound for a link that is not ours; TooManyGuesses instead when too many such came from there.
    """
    try:
        return Invitation.objects.find(token)
    except NotFound:
        note_wrong("invitation", address=client_address(request))
        raise
