from __future__ import annotations

from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse


class Whole:
    """What a form asks for happens whole or not at all: the change, its entry in the record, and the mail about it.

    A refusal that is raised on the way, such as MailUnavailable, takes everything back; Django keeps no session of an
    answer with a status of 500 or more.
    """

    def post(self, request: HttpRequest, *args: str, **kwargs: Any) -> HttpResponse:
        with transaction.atomic():
            answer: HttpResponse = super().post(request, *args, **kwargs)  # type: ignore[misc]  # a mixin
            return answer
