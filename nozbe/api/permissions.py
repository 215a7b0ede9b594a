from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

if TYPE_CHECKING:
    from rest_framework.views import APIView  # which loads this module


class SignedInWithScope(BasePermission):
    """Somebody is asking, and if by a token, one whose scope covers what is asked."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        if not request.user.is_authenticated:
            return False
        token: Any = request.auth  # an `accounts.models.ApiToken`, of which this layer knows nothing
        reads = request.method in SAFE_METHODS or getattr(view, "changes_nothing", False)
        return token is None or reads or bool(token.writes)
