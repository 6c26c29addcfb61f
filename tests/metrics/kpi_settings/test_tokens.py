"""Tokens of automations: shown once, kept as a digest, changed and revoked with history."""

import logging
import re
from hashlib import sha256

import pytest
from django.contrib.sessions.models import Session
from django.core import serializers
from django.db import connection
from django.utils import timezone, translation

from metrics.kpis import history, tokens
from metrics.models import KpiChange, MeasurementToken
from roadmap.fields import Words
from roadmap.history import Overtaken
from tests.at_once import at_once
from tests.automations import ADDRESS
from tests.factories import make_kpi, make_strategy, make_user
from tests.kpi_forms import faults, url
from tests.rows import rows_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def kpis(strategy):
    return [make_kpi(strategy, slug, name=Words(fi=slug.upper())) for slug in ("aa", "bb")]


def wanted(*kpis, name="Valvonta", version=0):
    return {"name": name, "kpis": [kpi.pk for kpi in kpis], "version": version}


def make(admin, *kpis, **more):
    """Make a token on the pages; the token as it is shown, and its row."""
    response = admin.post(url("token-add"), wanted(*kpis, **more))
    row = MeasurementToken.objects.first()
    assert (response.status_code, response.url) == (302, url("token-made", row.pk))
    page = admin.get(response.url)
    (secret,) = re.findall(r"dsm_[\w-]{40,}", page.content.decode())
    assert page.headers["Cache-Control"] == (
        "max-age=0, no-cache, no-store, must-revalidate, private"
    )
    return secret, row


def everything_kept():
    """All that the database holds, as text."""
    with connection.cursor() as cursor:
        tables = connection.introspection.table_names(cursor)
        rows = []
        for table in tables:
            cursor.execute(f'SELECT * FROM "{table}"')  # noqa: S608 - names of our own tables
            rows += cursor.fetchall()
    sessions = [str(session.get_decoded()) for session in Session.objects.all()]
    return f"{rows} {sessions}"


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("\x01 \x02", "kirjoita, mikä järjestelmä lähettää"),
        (
            "\U0001d15e" * 101,
            "Tämän arvon tulee olla enintään 200 merkkiä pitkä (tällä hetkellä 202).",
        ),
    ],
)
def test_a_name_is_measured_as_it_is_kept(admin, kpis, name, says):
    response = admin.post(url("token-add"), wanted(*kpis, name=name))
    found = faults(response)
    assert (response.status_code, list(found), len(found["name"])) == (422, ["name"], 1)
    assert says in found["name"][0]
    assert not MeasurementToken.objects.exists()


def test_a_token_is_random_shown_once_and_kept_as_its_digest(admin, kpis, yllapitaja):
    secret, row = make(admin, *kpis)
    assert re.fullmatch(r"dsm_[\w-]{43}", secret)  # 256 bits
    assert (row.digest, row.hint) == (sha256(secret.encode()).hexdigest(), secret[-4:])
    assert (row.name, row.made_by, set(row.kpis.all())) == ("Valvonta", yllapitaja, set(kpis))
    assert (row.last_used_at, row.revoked_at) == (None, None)
    again = admin.get(url("token-made", row.pk), follow=True)
    assert again.redirect_chain == [(url("token-list"), 302)]
    page = again.content.decode()
    assert "A token is shown once." in page
    assert (secret in page, f"dsm_…{row.hint}" in page) == (False, True)
    assert make(admin, kpis[0], name="Toinen")[0] != secret


def test_a_token_is_nowhere_in_the_database_not_even_until_it_is_shown(admin, kpis):
    response = admin.post(url("token-add"), wanted(*kpis))
    before = everything_kept()
    (secret,) = re.findall(r"dsm_[\w-]{40,}", admin.get(response.url).content.decode())
    assert Session.objects.count() == 1
    for kept in (before, everything_kept()):
        assert "Valvonta" in kept  # what is kept would be found
        assert secret not in kept
        assert secret[4:] not in kept


def test_what_is_kept_until_it_is_shown_is_forgotten_with_it_and_after_ten_minutes(
    admin, kpis, monkeypatch
):
    _secret, first = make(admin, *kpis)
    assert "new_token" not in admin.session
    response = admin.post(url("token-add"), wanted(*kpis, name="Toinen"))
    assert admin.session["new_token"].keys() == {"pk", "nonce", "at"}
    assert admin.get(url("token-made", first.pk)).status_code == 302  # another one's page
    late = timezone.now().timestamp() + 601
    monkeypatch.setattr("metrics.views.tokens.time.time", lambda: late)
    assert admin.get(response.url).status_code == 302


def test_a_head_request_uses_up_nothing(admin, kpis):
    response = admin.post(url("token-add"), wanted(*kpis))
    assert admin.head(response.url).status_code == 200
    assert "dsm_" in admin.get(response.url).content.decode()


def test_only_who_made_it_sees_it(admin, kpis, browse, client):
    response = admin.post(url("token-add"), wanted(*kpis))
    other = browse(make_user("ylläpitäjä"))
    assert other.get(response.url).status_code == 302


def test_a_double_click_makes_one_token_and_shows_it(admin, kpis):
    first, second = (admin.post(url("token-add"), wanted(*kpis)) for _time in range(2))
    assert first.url == second.url
    assert MeasurementToken.objects.count() == 1
    assert re.search(r"dsm_[\w-]{43}", admin.get(second.url).content.decode())


def test_two_tokens_in_use_have_two_names(admin, kpis, yllapitaja):
    _secret, row = make(admin, kpis[0])
    response = admin.post(url("token-add"), wanted(kpis[1], name="VALVONTA"))
    assert (response.status_code, list(response.context["form"].errors)) == (422, ["name"])
    tokens.revoke(row, yllapitaja)
    make(admin, kpis[1])
    assert MeasurementToken.objects.count() == 2


@pytest.mark.parametrize(
    ("change", "field"),
    [({"name": " \n"}, "name"), ({"kpis": []}, "kpis"), ({"kpis": ["9", "x"]}, "kpis")],
)
def test_a_fault_makes_no_token(admin, kpis, change, field):
    response = admin.post(url("token-add"), wanted(*kpis) | change)
    assert (response.status_code, list(response.context["form"].errors)) == (422, [field])
    assert rows_of(MeasurementToken, KpiChange) == {"MeasurementToken": [], "KpiChange": []}


def test_a_token_names_kpis_of_its_own_strategy_alone(admin, kpis):
    foreign = make_kpi(make_strategy("toinen"), "cc")
    assert admin.post(url("token-add"), wanted(*kpis, foreign)).status_code == 422


def test_other_kpis_and_another_name_are_kept_with_history(admin, kpis, yllapitaja):
    secret, row = make(admin, kpis[0])
    response = admin.post(url("token-edit", row.pk), wanted(kpis[1], name="Uusi", version=1))
    assert response.status_code == 302
    row.refresh_from_db()
    assert (row.name, list(row.kpis.all()), row.version) == ("Uusi", [kpis[1]], 2)
    assert row.digest == tokens.digest_of(secret)
    with translation.override("en"):
        changed, made = history.lines(row.changes.all(), about="token")
    assert (changed.user, changed.fields) == (
        yllapitaja,
        [("token", "", "Uusi"), ("KPIs", "aa", "bb"), ("name", "Valvonta", "Uusi")][:2],
    )
    assert made.fields == [
        ("token", "", "Uusi"),
        ("KPIs", "", "aa"),
        ("token", "", "made"),
        ("name", "", "Valvonta"),
    ]
    page = admin.get(url("token-list")).content.decode()
    assert "Uusi" in page
    assert admin.post(url("token-edit", row.pk), wanted(kpis[1], name="Uusi", version=1))
    assert KpiChange.objects.count() == 2  # sent twice


def test_what_somebody_else_changed_meanwhile_is_shown_beside_ones_own(admin, kpis):
    _secret, row = make(admin, kpis[0])
    tokens.change(row, "Heidän", [kpis[0]], 1, make_user("ylläpitäjä", last_name="Toinen"))
    response = admin.post(url("token-edit", row.pk), wanted(kpis[1], name="Meidän", version=1))
    page = response.content.decode()
    assert response.status_code == 409
    assert "<del>Valvonta</del> → Heidän" in page
    assert 'value="Meidän"' in page
    again = wanted(kpis[1], name="Meidän", version=response.context["form"]["version"].value())
    assert admin.post(url("token-edit", row.pk), again).status_code == 302


@pytest.mark.django_db(transaction=True)
def test_of_four_who_change_the_same_token_at_once_one_is_kept():
    strategy, user = make_strategy(), make_user("ylläpitäjä")
    kpi = make_kpi(strategy)
    token, _is_new = tokens.make(strategy, "a", [kpi], tokens.new_nonce(), user)
    names = iter("bcde")

    def change():
        try:
            tokens.change(token, next(names), [kpi], 1, None)
        except Overtaken:
            return "told"
        return "kept"

    assert sorted(at_once(change)) == ["kept", "told", "told", "told"]


def test_a_revoked_token_is_refused_at_once_and_stays_in_the_list(admin, kpis, yllapitaja):
    secret, row = make(admin, *kpis)
    headers = {"Authorization": f"Bearer {secret}"}
    assert admin.get(ADDRESS, headers=headers).status_code == 200
    assert (
        "Revoke the token of Valvonta?" in admin.get(url("token-revoke", row.pk)).content.decode()
    )
    for _time in range(2):
        assert admin.post(url("token-revoke", row.pk)).status_code == 302
    assert admin.get(ADDRESS, headers=headers).status_code == 401
    row.refresh_from_db()
    assert (row.revoked_by, row.revoked_at is not None) == (yllapitaja, True)
    assert row.changes.first().fields == {"token": [None, "revoked"]}
    assert row.changes.count() == 2
    page = admin.get(url("token-list")).content.decode()
    assert "revoked" in page
    response = admin.post(url("token-edit", row.pk), wanted(kpis[0], name="Uusi", version=2))
    assert (response.status_code, MeasurementToken.objects.get().name) == (409, "Valvonta")


def test_the_page_says_how_to_send_with_the_address_of_the_portal(admin, kpis, settings):
    settings.SITE_URL = "https://digistrategia.example.fi"
    page = admin.get(url("token-list")).content.decode()
    assert "curl https://digistrategia.example.fi/api/measurements/" in page
    assert "&quot;kpi&quot;: &quot;aa&quot;" in page


def test_a_token_is_in_no_page_but_the_first_and_in_no_log(admin, kpis, caplog):
    caplog.set_level(logging.DEBUG)
    secret, row = make(admin, *kpis)
    for name, args in (
        ("token-list", []),
        ("token-edit", [row.pk]),
        ("token-revoke", [row.pk]),
        ("kpi-settings", []),
    ):
        assert secret not in admin.get(url(name, *args)).content.decode()
    admin.get(ADDRESS, headers={"Authorization": f"Bearer {secret}"})
    admin.get(ADDRESS, headers={"Authorization": f"Bearer {secret}x"})
    assert secret not in caplog.text
    assert secret not in serializers.serialize("json", KpiChange.objects.all())


@pytest.mark.parametrize("role", ["johto", "digimentori"])
def test_who_does_not_manage_kpis_has_nothing_to_do_with_tokens(browse, kpis, yllapitaja, role):
    row, _is_new = tokens.make(kpis[0].strategy, "a", kpis, tokens.new_nonce(), yllapitaja)
    client = browse(make_user(role))
    before = rows_of(MeasurementToken, KpiChange)
    for name, args in (
        ("token-add", []),
        ("token-edit", [row.pk]),
        ("token-revoke", [row.pk]),
    ):
        assert client.get(url(name, *args)).status_code == 403
        assert client.post(url(name, *args), wanted(*kpis)).status_code == 403
    assert client.get(url("token-made", row.pk)).status_code == 403
    assert rows_of(MeasurementToken, KpiChange) == before


@pytest.mark.parametrize("text", ["", "dsm_", "x", "dsm_ä", "dsm_" + "a" * 10_000])
def test_what_is_no_token_is_not_recognised(db, text):
    assert tokens.recognise(text) is None
