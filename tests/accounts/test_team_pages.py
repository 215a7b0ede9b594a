"""The pages of teams: who may open and do what, and how they show what somebody typed."""

from __future__ import annotations

from urllib.parse import quote_from_bytes

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from accounts.models import Account, Invitation, Membership, Role, Team
from nozbe.models import new_id
from tests.accounts.pages import EVERYBODY, browser_of, everything
from tests.cast import ADMIN, GUEST, MEMBER, OWNER, STRANGER, new_account, new_team, the_strangers_team, the_team
from tests.keys import ready_keyring

pytestmark = pytest.mark.django_db

T = "/teams/{team}"
#                                                        owner admin member guest stranger visitor
TABLE = {
    "home": ("GET", "/", {}, (200, 200, 200, 200, 200, 200)),
    "teams": ("GET", "/teams", {}, (200, 200, 200, 200, 200, 302)),
    "the form for a new team": ("GET", "/teams/new", {}, (200, 200, 200, 200, 200, 302)),
    "the team": ("GET", T, {}, (200, 200, 200, 200, 404, 302)),
    "its name": ("GET", T + "/name", {}, (200, 200, 403, 403, 404, 302)),
    "renaming": ("POST", T + "/name", {"name": "New"}, (302, 302, 403, 403, 404, 302)),
    "leaving, asked": ("GET", T + "/leave", {}, (200, 200, 200, 200, 404, 302)),
    "leaving": ("POST", T + "/leave", {}, (403, 302, 302, 302, 404, 302)),
    "handing over, asked": ("GET", T + "/hand-over", {}, (200, 403, 403, 403, 404, 302)),
    "handing over": ("POST", T + "/hand-over", {"to": "{admin}"}, (302, 403, 403, 403, 404, 302)),
    "a member": ("GET", T + "/members/{guest}", {}, (200, 200, 403, 403, 404, 302)),
    "a role": ("POST", T + "/members/{guest}", {"role": "admin"}, (302, 302, 403, 403, 404, 302)),
    "the owner's role": ("POST", T + "/members/{owner}", {"role": "guest"}, (403, 403, 403, 403, 404, 302)),
    "removing, asked": ("GET", T + "/members/{newcomer}/removal", {}, (200, 200, 403, 403, 404, 302)),
    "removing": ("POST", T + "/members/{newcomer}/removal", {}, (302, 302, 403, 403, 404, 302)),
    "the form that invites": ("GET", T + "/invite", {}, (200, 200, 403, 403, 404, 302)),
    "inviting": ("POST", T + "/invite", {"email": "a@b.cd", "role": "guest"}, (302, 302, 403, 403, 404, 302)),
    "revoking": ("POST", T + "/invitations/{invitation}/revoke", {}, (302, 302, 403, 403, 404, 302)),
    "sending again": ("POST", T + "/invitations/{invitation}/send-again", {}, (302, 302, 403, 403, 404, 302)),
    "revoking, by a link": ("GET", T + "/invitations/{invitation}/revoke", {}, (302, 302, 403, 403, 404, 302)),
    # What belongs to another team, or to none, in the path or in the form.
    "a foreign member": ("POST", T + "/members/{stranger}", {"role": "admin"}, (404, 404, 403, 403, 404, 302)),
    "a foreign removal": ("POST", T + "/members/{stranger}/removal", {}, (404, 404, 403, 403, 404, 302)),
    "a foreign heir": ("POST", T + "/hand-over", {"to": "{stranger}"}, (200, 403, 403, 403, 404, 302)),
    "a foreign invitation": ("POST", T + "/invitations/{foreign}/revoke", {}, (404, 404, 403, 403, 404, 302)),
    "a foreign one again": ("POST", T + "/invitations/{foreign}/send-again", {}, (404, 404, 403, 403, 404, 302)),
    "a role there is not": ("POST", T + "/members/{guest}", {"role": "king"}, (200, 200, 403, 403, 404, 302)),
    "a second owner": ("POST", T + "/members/{guest}", {"role": "owner"}, (200, 200, 403, 403, 404, 302)),
    "inviting an owner": ("POST", T + "/invite", {"email": "a@b.cd", "role": "owner"}, (200, 200, 403, 403, 404, 302)),
}  # fmt: skip


@pytest.fixture
def stage() -> dict[str, str]:
    """IDs by name: the team, the people, a member who may be removed, an invitation, and one of another team."""
    team, elsewhere = the_team(), the_strangers_team()
    newcomer = new_account(email="newcomer@example.com", name="Nora Newcomer")
    Membership.objects.create(team=team, account=newcomer, role=Role.MEMBER)
    invite = Invitation.objects.invite
    return {
        "team": team.pk,
        "newcomer": newcomer.pk,
        "invitation": invite(team, email="new@example.org", role=Role.MEMBER, by=OWNER.account()).pk,
        "foreign": invite(elsewhere, email="new@example.org", role=Role.MEMBER, by=STRANGER.account()).pk,
        **{person.role: person.account().pk for person in (OWNER, ADMIN, MEMBER, GUEST, STRANGER)},
    }


@pytest.mark.parametrize("act", TABLE)
def test_who_may_do_what(stage, act):
    method, path, data, expected = TABLE[act]
    path = path.format(**stage)
    data = {name: value.format(**stage) for name, value in data.items()}
    answers = {}
    for role, person in EVERYBODY.items():
        with transaction.atomic():
            browser = browser_of(person)
            before = everything()
            answer = browser.generic(method, path) if method == "GET" else browser.post(path, data)
            answers[role] = answer.status_code
            done = method == "POST" and answer.status_code == 302 and person is not None
            assert (everything() != before) == done, f"{role}: {answer.status_code}"
            if person is None and answer.status_code == 302:
                assert answer.headers["Location"] == f"/sign-in?next={path}"
            transaction.set_rollback(True)
    assert answers == dict(zip(EVERYBODY, expected, strict=True))


def test_a_stranger_and_a_missing_team_get_the_same_page_byte_for_byte(stage):
    browser = browser_of(STRANGER)
    nothing = browser.get("/nothing/here").content
    for method, path, data, expected in TABLE.values():
        if expected[4] == 404:
            ask = browser.get if method == "GET" else browser.post
            missing = path.format(**stage | {"team": new_id()})
            assert ask(path.format(**stage), data).content == ask(missing, data).content == nothing, path


@pytest.mark.parametrize("team_id", ["0" * 15, "0" * 17, "%00" * 16, "ł" * 16, "..%2f" * 4, "0" * 10_000])
def test_what_is_no_id_is_not_found(team_id):
    browser = browser_of(OWNER)
    assert browser.get(f"/teams/{team_id}").status_code == 404


def test_making_a_team_leads_to_it_and_makes_its_maker_the_owner():
    browser = browser_of(STRANGER)
    new_team("Not mine", owner=OWNER.account())
    ready_keyring()
    answer = browser.post("/teams/new", {"name": "  Ours  "}, follow=True)
    team = Team.objects.visible_to(STRANGER.account()).get()
    assert answer.redirect_chain == [(f"/teams/{team.pk}", 302)]
    assert (team.name, team.role_of(STRANGER.account())) == ("Ours", Role.OWNER)
    text = browser.get("/teams").content.decode()
    assert ("Ours" in text, "Not mine" in text, "1 member<" in text) == (True, False, True)


def test_a_team_waits_for_keys_that_are_safe():
    browser = browser_of(STRANGER)
    before = everything()
    answer = browser.post("/teams/new", {"name": "Ours"})
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert "There is no key ready yet" in answer.content.decode()
    assert everything() == before


def test_who_has_no_team_is_told_what_one_is_for():
    for path in ("/", "/teams"):
        text = browser_of(STRANGER).get(path).content.decode()
        assert "You belong to no team yet." in text
        assert 'href="/teams/new">Make a team' in text


def test_addresses_are_shown_only_to_those_who_manage_the_team():
    team = the_team()
    seen = {}
    for role, person in list(EVERYBODY.items())[:4]:
        text = browser_of(person).get(f"/teams/{team.pk}").content.decode()
        assert all(somebody.name in text for somebody in (OWNER, ADMIN, MEMBER, GUEST))
        seen[role] = any(somebody.email in text for somebody in (OWNER, ADMIN, MEMBER, GUEST) if somebody != person)
    assert seen == {"owner": True, "admin": True, "member": False, "guest": False}


def test_handing_over_asks_for_the_password_again():
    team, browser = the_team(), browser_of(OWNER)
    session = browser.session
    del session["account_authentication_methods"]
    session.save()
    path = f"/teams/{team.pk}/hand-over"
    for ask in (browser.get, lambda path: browser.post(path, {"to": ADMIN.account().pk})):
        answer = ask(path)
        assert answer.status_code == 302
        assert answer.headers["Location"].endswith(f"?next=%2Fteams%2F{team.pk}%2Fhand-over")
    assert team.role_of(OWNER.account()) == Role.OWNER


def test_handing_over_moves_the_ownership_and_leaves_an_admin():
    team = the_team()
    assert browser_of(OWNER).post(f"/teams/{team.pk}/hand-over", {"to": GUEST.account().pk}).status_code == 302
    assert {person.role: team.role_of(person.account()) for person in (OWNER, ADMIN, GUEST)} == {
        "owner": "admin",
        "admin": "admin",
        "guest": "owner",
    }


def test_who_leaves_their_only_team_is_signed_out_and_told():
    team, browser = the_team(), browser_of(MEMBER)
    assert "It is your only team" in browser.get(f"/teams/{team.pk}/leave").content.decode()
    answer = browser.post(f"/teams/{team.pk}/leave")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/sign-in")
    assert "It was your only one, so you are signed out." in browser.get("/sign-in").content.decode()
    assert browser.get("/teams").status_code == 302


def test_who_leaves_one_of_two_teams_stays_signed_in():
    team, member, browser = the_team(), MEMBER.account(), browser_of(MEMBER)
    new_team("Another", owner=member)
    assert "It is your only team" not in browser.get(f"/teams/{team.pk}/leave").content.decode()
    answer = browser.post(f"/teams/{team.pk}/leave", follow=True)
    assert answer.redirect_chain == [("/teams", 302)]
    assert "You have left the team." in answer.content.decode()
    assert browser.get(f"/teams/{team.pk}").status_code == 404


def test_a_removed_member_is_outside_with_the_next_request():
    team, theirs = the_team(), browser_of(MEMBER)
    assert theirs.get(f"/teams/{team.pk}").status_code == 200
    assert browser_of(ADMIN).post(f"/teams/{team.pk}/members/{MEMBER.account().pk}/removal").status_code == 302
    assert theirs.get(f"/teams/{team.pk}").headers["Location"] == f"/sign-in?next=/teams/{team.pk}"


@pytest.mark.parametrize(
    "name",
    [
        "<script>alert(1)</script>",
        "{{ 7|add:1 }}{% now 'Y' %}",
        "\u202egnp.exe",
        "&lt;b&gt;",
        "a\nb",
        "x" * 100,
        "\ud800",
    ],
)
def test_a_hostile_name_is_shown_as_text(name):
    team, browser = the_team(), browser_of(OWNER)
    typed = name.encode(errors="surrogatepass").decode(errors="replace")  # as Django reads bytes that are no text
    answer = browser.generic("POST", f"/teams/{team.pk}/name", *_form(name))
    assert answer.status_code == 302
    shown = typed.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("'", "&#x27;")
    assert Team.objects.get(pk=team.pk).name == typed
    for path in ("/", "/teams", f"/teams/{team.pk}", f"/teams/{team.pk}/leave"):
        text = browser.get(path).content.decode()
        assert f"<bdi>{shown}</bdi>" in text
        assert "<script>alert" not in text


@pytest.mark.parametrize("name", ["", "   ", "x" * 101, "x" * 10_000, "zero\0byte", "\u2003\t"])
@pytest.mark.parametrize("path", ["/teams/new", "/teams/{team}/name"])
def test_a_name_that_will_not_do_is_refused_at_the_field_and_nothing_changes(path, name):
    team, browser = the_team(), browser_of(OWNER)
    before = everything()
    answer = browser.post(path.format(team=team.pk), {"name": name})
    assert answer.status_code == 200
    assert 'id="id_name_error"' in answer.content.decode()
    assert everything() == before


def test_the_fifty_first_team_is_refused_at_the_form():
    browser, account = browser_of(OWNER), OWNER.account()
    teams = [Team(id=new_id()) for _ in range(50)]
    ready_keyring()
    with connection.cursor() as cursor:  # without keys: nobody opens their names here
        for team in teams:
            cursor.execute(
                "INSERT INTO accounts_team (id, created_at, name) SELECT %s, now(), set_byte(%s, 0, 1)",
                [team.pk, b"\1" * 99],
            )
    Membership.objects.bulk_create([Membership(team=team, account=account, role=Role.OWNER) for team in teams])
    before = everything()
    answer = browser.post("/teams/new", {"name": "One more"})
    assert (answer.status_code, "You own 50 teams already." in answer.content.decode()) == (409, True)
    assert everything() == before


def test_what_cannot_be_undone_by_the_verb_is_said_at_the_invitation_form():
    team, browser = the_team(), browser_of(ADMIN)
    invitation = {"email": "New@Example.org ", "role": "guest"}
    assert browser.post(f"/teams/{team.pk}/invite", invitation).status_code == 302
    before = everything()
    for email, sentence in (
        ("new@example.org", "There is an open invitation for that address already."),
        (" OWNER@example.com", "That person is a member of this team already."),
    ):
        answer = browser.post(f"/teams/{team.pk}/invite", invitation | {"email": email})
        assert (answer.status_code, sentence in answer.content.decode()) == (409, True)
    assert everything() == before


def test_the_team_page_asks_the_database_as_often_for_two_members_as_for_forty():
    team, browser = the_team(), browser_of(OWNER)
    team.memberships.filter(account__in=[ADMIN.account(), GUEST.account()]).delete()
    path = f"/teams/{team.pk}"
    browser.get(path)  # keys come into the cache
    with CaptureQueriesContext(
        connection,
    ) as with_two:
        assert "2 members" in browser.get(path).content.decode()
    crowd = [Account(email=f"m{n}@example.com", name=f"M {n}", country="PL", time_zone="UTC") for n in range(38)]
    Account.objects.bulk_create(crowd)
    Membership.objects.bulk_create([Membership(team=team, account=account, role=Role.MEMBER) for account in crowd])
    with CaptureQueriesContext(connection) as with_forty:
        assert "40 members" in browser.get(path).content.decode()
    assert len(with_forty) == len(with_two) <= 9


def test_the_list_of_teams_asks_the_database_as_often_for_one_as_for_four():
    browser, owner = browser_of(OWNER), OWNER.account()
    counts = []
    for number in range(4):
        new_team(f"Team {number}", owner=owner)
        browser.get("/teams")
        with CaptureQueriesContext(connection) as queries:
            assert f"Team {number}" in browser.get("/teams").content.decode()
        counts.append(len(queries))
    assert counts[0] == counts[3] <= 7


def test_times_are_those_of_the_persons_own_clock_and_the_zone_is_named():
    team = the_team()
    account = OWNER.account()
    account.change_details(by=account, time_zone="Asia/Kathmandu")
    invitation = Invitation.objects.invite(team, email="new@example.org", role=Role.MEMBER, by=account)
    Invitation.objects.filter(pk=invitation.pk).update(expires_at="2030-05-23T14:05:00Z")
    text = browser_of(OWNER).get(f"/teams/{team.pk}").content.decode()
    assert '<time datetime="2030-05-23T19:50:00+05:45">23 May 2030, 19:50</time>' in text
    assert "Times are in Asia/Kathmandu." in text
    assert "Times are in Europe/Warsaw." in browser_of(ADMIN).get(f"/teams/{team.pk}").content.decode()


def _form(name: str) -> tuple[bytes, str]:
    return (
        f"name={quote_from_bytes(name.encode(errors='surrogatepass'))}".encode(),
        "application/x-www-form-urlencoded",
    )
