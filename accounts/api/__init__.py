"""REST of accounts, teams, members, invitations and tokens: find, call one verb, answer."""
