from django.db import migrations

from nozbe.audit.operations import AddVerbs


class Migration(migrations.Migration):
    dependencies = [("accounts", "0004_rights_and_owners"), ("audit", "0002_functions")]
    operations = [
        AddVerbs(
            "account.made",
            "account.changed",
            "account.signed_in",
            "access.ended",
            "session.ended",
            "password.changed",
            "email.changed",
            "factor.added",
            "factor.removed",
            "token.made",
            "token.revoked",
            "team.made",
            "team.renamed",
            "team.handed_over",
            "member.joined",
            "member.left",
            "member.removed",
            "member.role_changed",
            "invitation.made",
            "invitation.revoked",
        )
    ]
