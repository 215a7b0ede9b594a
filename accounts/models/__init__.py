from accounts.models.account import Account
from accounts.models.invitation import Invitation
from accounts.models.membership import Membership, Role
from accounts.models.team import Team
from accounts.models.token import ApiToken

__all__ = ["Account", "ApiToken", "Invitation", "Membership", "Role", "Team"]
