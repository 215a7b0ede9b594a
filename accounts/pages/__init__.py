"""Pages about teams, invitations and API tokens. Each view finds, calls one verb, and answers.

What a page says after an act stands in the session until it is shown, in clear; so it never names a team.
"""
