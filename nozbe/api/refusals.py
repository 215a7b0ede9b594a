"""Every refusal in the one shape of `nozbe.errors.problem`."""

from __future__ import annotations

from typing import Any

from rest_framework.response import Response


def answer_refusal(refusal: Exception, context: dict[str, Any]) -> Response | None:
    return None
