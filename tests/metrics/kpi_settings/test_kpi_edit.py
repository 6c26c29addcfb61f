"""A KPI as an administrator makes and changes it."""

import pytest
from django.utils import translation

from metrics.kpis import computing, editing, history
from metrics.kpis.achievement import Kind
from metrics.kpis.measuring import Measured, record
from metrics.kpis.periods import Month, parse
from metrics.models import Kpi, KpiChange, KpiGroup, Origin
from roadmap.fields import Words
from roadmap.history import Overtaken
from roadmap.quarters import Quarter
from roadmap.record import person_key
from tests.at_once import at_once
from tests.factories import make_kpi, make_strategy, make_user
from tests.kpi_forms import a_rate, faults, sent_form, url
from tests.rows import rows_of

pytestmark = pytest.mark.django_db


# --- a KPI is made ----------------------------------------------------------------------------


def test_the_kind_is_chosen_first_and_decides_what_is_asked(admin, group):
    page = admin.get(url("kpi-add"))
    assert [choice[0] for choice in page.context["form"].fields["kind"].choices] == list(Kind)
    names = {
        kind: [
            field.name.removesuffix("_fi")
            for field in admin.get(url("kpi-add"), {"kind": kind}).context["form"]
            if not field.name.endswith(("_sv", "_en"))
        ]
        for kind in Kind
    }
    shared = ["version", "group", "owner", "frequency", "first_month", "last_month", "due_days"]
    for kind, own in {
        Kind.RATE: ["numerator_name", "denominator_name"]
        + ["lower_is_better", "decimals", "is_part", "whole_counts"],
        Kind.NPS: ["minimum"],
        Kind.VALUE: ["unit", "lower_is_better", "decimals", "whole_counts"],
    }.items():
        texts = ["name", "summary", "definition", "source"]
        assert sorted(names[kind]) == sorted(shared + ["slug"] + texts + own)
    response = admin.get(url("kpi-add"), {"kind": "other"})
    assert (response.status_code, "kind" in faults(response)) == (422, True)


def test_a_kpi_is_made_without_code(admin, strategy, group, yllapitaja):
    owner = make_user("johto", last_name="Omistaja")
    before = KpiGroup.objects.get().revision
    response = admin.post(url("kpi-add") + "?kind=rate", a_rate(group, owner=owner.pk))
    assert (response.status_code, response.url) == (302, url("kpi-settings"))
    kpi = Kpi.objects.get()
    assert (kpi.slug, kpi.kind, kpi.frequency, kpi.owner) == (
        "loydettavyys-heti",
        "rate",
        "month",
        owner,
    )
    assert (kpi.name, kpi.summary) == (
        {"fi": "Löydettävyys heti", "sv": "Hittbarhet"},
        {"fi": "Palvelun heti löytäneet"},
    )
    assert kpi.definition == {"fi": "Kysely asioinnin lopuksi.\nVain sovellus."}
    assert (kpi.first_month, kpi.last_month) == (Month(2021, 1), None)
    assert (kpi.decimals, kpi.is_part, kpi.whole_counts, kpi.version) == (1, True, True, 1)
    assert KpiGroup.objects.get().revision == before + 1
    change = KpiChange.objects.get()
    assert (change.user, change.kpi) == (yllapitaja, kpi)
    assert change.fields["name:fi"] == [None, "Löydettävyys heti"]
    assert change.fields["owner"] == [None, person_key(owner.pk)]


def test_the_same_form_sent_twice_makes_one_kpi(admin, group):
    for _time in range(2):
        assert admin.post(url("kpi-add") + "?kind=rate", a_rate(group)).status_code == 302
    assert (Kpi.objects.count(), KpiChange.objects.count()) == (1, 1)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name_fi": " "}, "name_fi"),
        ({"numerator_name_fi": ""}, "numerator_name_fi"),
        ({"group": "99"}, "group"),
        ({"owner": "1000001"}, "owner"),
        ({"decimals": "5"}, "decimals"),
        ({"first_month": "2021-13"}, "first_month"),
        ({"first_month": "0000-01"}, "first_month"),
        ({"first_month": ""}, "first_month"),
        ({"last_month": "2020-12"}, "last_month"),
        ({"due_days": "400"}, "due_days"),
        ({"slug": "väärä merkki"}, "slug"),
        ({"slug": "freshness"}, "slug"),
        ({"slug": "Varattu"}, "slug"),
        ({"name_fi": "!!!"}, "slug"),
    ],
)
def test_a_fault_is_told_at_its_field_and_nothing_is_kept(admin, strategy, group, changes, field):
    make_kpi(strategy, "varattu", group)
    make_user(None, pk=1_000_001)  # without a role
    before = rows_of(Kpi, KpiChange)
    response = admin.post(url("kpi-add") + "?kind=rate", a_rate(group, **changes))
    assert (response.status_code, list(faults(response))) == (422, [field])
    assert "<title>Error:" in response.content.decode()
    assert rows_of(Kpi, KpiChange) == before


def test_without_a_group_one_is_asked_for_first(admin, strategy):
    assert admin.get(url("kpi-add")).url == url("kpi-group-add")


def test_a_strategy_without_any_can_begin_with_the_nine(admin, strategy):
    assert "Add the nine KPIs" in admin.get(url("kpi-settings")).content.decode()
    for _time in range(2):
        assert admin.post(url("kpi-nine")).status_code == 302
    assert (KpiGroup.objects.count(), Kpi.objects.count()) == (3, 9)


# --- and changed ------------------------------------------------------------------------------


def test_what_is_changed_is_kept_with_its_history_in_words(admin, strategy, group, yllapitaja):
    kpi = make_kpi(strategy, "odotus", group, numerator_name=Words(fi="a"))
    kpi.denominator_name = Words(fi="b")
    kpi.save()
    typed = sent_form(admin.get(url("kpi-edit", "odotus")))
    revision = KpiGroup.objects.get().revision
    typed |= {"name_sv": "Väntan", "lower_is_better": "1", "owner": yllapitaja.pk, "due_days": "20"}
    assert admin.post(url("kpi-edit", "odotus"), typed).status_code == 302
    kpi.refresh_from_db()
    assert (kpi.name["sv"], kpi.lower_is_better, kpi.due_days) == ("Väntan", True, 20)
    assert (kpi.version, KpiGroup.objects.get().revision) == (2, revision + 1)
    with translation.override("en"):
        (line,) = history.lines(kpi.changes.all())
    assert line.fields == [
        ("name (Svenska)", "", "Väntan"),
        ("lower is better", "no", "yes"),
        ("owner", "", "Ylläpitäjä Erkki"),
        ("days to measure", "14", "20"),
    ]


def test_a_change_of_words_asks_for_no_computation(strategy, group, yllapitaja):
    kpi = make_kpi(strategy, "odotus", group)
    editing.save(strategy, kpi.pk, {"name": Words(fi="Uusi")}, 1, yllapitaja)
    assert KpiGroup.objects.get().revision == 0


def test_a_form_that_changes_nothing_keeps_nothing(admin, strategy, group):
    make_kpi(
        strategy, "odotus", group, numerator_name=Words(fi="a"), denominator_name=Words(fi="b")
    )
    typed = sent_form(admin.get(url("kpi-edit", "odotus")))
    before = rows_of(Kpi, KpiChange, KpiGroup)
    assert admin.post(url("kpi-edit", "odotus"), typed).status_code == 302
    assert rows_of(Kpi, KpiChange, KpiGroup) == before


def test_what_somebody_else_changed_meanwhile_is_shown_beside_ones_own(admin, strategy, group):
    other = make_user("ylläpitäjä", last_name="Toinen")
    kpi = make_kpi(
        strategy, "odotus", group, numerator_name=Words(fi="a"), denominator_name=Words(fi="b")
    )
    typed = sent_form(admin.get(url("kpi-edit", "odotus"))) | {"due_days": "7"}
    editing.save(strategy, kpi.pk, {"due_days": 30}, 1, other)
    response = admin.post(url("kpi-edit", "odotus"), typed)
    page = response.content.decode()
    assert response.status_code == 409
    assert "Erkki Toinen" in page
    assert "<del>14</del> → 30" in page
    assert Kpi.objects.get().due_days == 30
    # Saved again it is put in the place of theirs.
    assert admin.post(url("kpi-edit", "odotus"), sent_form(response)).status_code == 302
    assert Kpi.objects.get().due_days == 7


def test_what_is_measured_keeps_its_kind_frequency_and_address(admin, strategy, group):
    kpi = make_kpi(
        strategy,
        "odotus",
        group,
        {"2021-01": (1, 2)},
        numerator_name=Words(fi="a"),
        denominator_name=Words(fi="b"),
    )
    response = admin.get(url("kpi-edit", "odotus"))
    assert {"frequency", "slug", "kind"} & response.context["form"].fields.keys() == set()
    assert "There are measurements, so these three stay as they are" in response.content.decode()
    # A form that was shown before the first measurement came.
    typed = sent_form(response) | {"frequency": "quarter", "slug": "uusi"}
    response = admin.post(url("kpi-edit", "odotus") + "?kind=nps", typed)
    assert (response.status_code, set(faults(response))) == (422, {"frequency", "slug"})
    kpi.refresh_from_db()
    assert (kpi.kind, kpi.frequency, kpi.slug) == ("rate", "month", "odotus")


def test_until_then_the_kind_can_be_another_one(admin, strategy, group):
    make_kpi(
        strategy, "odotus", group, numerator_name=Words(fi="a"), denominator_name=Words(fi="b")
    )
    typed = sent_form(admin.get(url("kpi-edit", "odotus"), {"kind": "nps"}))
    response = admin.post(url("kpi-edit", "odotus") + "?kind=nps", typed)
    assert response.status_code == 302
    kpi = Kpi.objects.get()
    assert (kpi.kind, kpi.numerator_name, kpi.minimum) == ("nps", {}, 10)


def test_targets_move_with_the_frequency_and_must_fit_the_kind(strategy, group, yllapitaja):
    kpi = make_kpi(strategy, "odotus", group, targets={"2021-01": 75.5, "2021-12": 80})
    saved, _effect = editing.save(strategy, kpi.pk, {"frequency": "quarter"}, 1, yllapitaja)
    assert [(row.period, row.value) for row in kpi.targets.all()] == [
        (Quarter(2021, 1), 75.5),
        (Quarter(2021, 4), 80),
    ]
    assert kpi.changes.get().fields["target:2021-12"] == ["80", None]
    with pytest.raises(editing.Unfit) as unfit:
        editing.save(strategy, kpi.pk, {"kind": "nps"}, 2, yllapitaja)
    assert list(unfit.value.faults) == ["kind"]
    close = make_kpi(strategy, "toinen", group, targets={"2021-01": 75, "2021-02": 80})
    with pytest.raises(editing.Unfit) as unfit:
        editing.save(strategy, close.pk, {"frequency": "quarter"}, 1, yllapitaja)
    assert list(unfit.value.faults) == ["frequency"]


def test_a_kpi_is_followed_at_least_as_long_as_it_is_measured(strategy, group, yllapitaja):
    kpi = make_kpi(strategy, "a", group, {"2021-03": (1, 2), "2022-07": (1, 2)})
    for field, month, fits in (
        ("first_month", Month(2021, 4), False),
        ("last_month", Month(2022, 6), False),
        ("first_month", Month(2021, 3), True),
        ("last_month", Month(2022, 7), True),
    ):
        version = Kpi.objects.get().version
        if fits:
            editing.save(strategy, kpi.pk, {field: month}, version, yllapitaja)
            continue
        with pytest.raises(editing.Unfit) as unfit:
            editing.save(strategy, kpi.pk, {field: month}, version, yllapitaja)
        assert list(unfit.value.faults) == [field]


def test_a_kpi_that_moves_to_another_group_marks_both(strategy, group, yllapitaja):
    other = KpiGroup.objects.create(strategy=strategy, name=Words(fi="Toinen"), position=1)
    kpi = make_kpi(strategy, "a", group, {"2021-03": (1, 2)})
    first = make_kpi(strategy, "b", other)
    revisions = [KpiGroup.objects.get(pk=one.pk).revision for one in (group, other)]
    editing.save(strategy, kpi.pk, {"group": other}, 1, yllapitaja)
    now = [KpiGroup.objects.get(pk=one.pk).revision for one in (group, other)]
    assert now == [revision + 1 for revision in revisions]
    assert list(other.kpis.all()) == [first, kpi]
    for one in (group, other):
        computing.compute(one.pk)
    assert list(group.statuses.all()) == []
    rows = other.statuses.values_list("month", "measured", "expected")
    assert list(rows) == [(Month(2021, 1), 0, 2), (Month(2021, 3), 1, 2), (Month(2021, 4), 0, 2)]


def test_the_person_is_told_how_many_lights_a_change_moves(admin, strategy, group):
    words = {"numerator_name": Words(fi="a"), "denominator_name": Words(fi="b")}
    measured = {"2021-01": (80, 100), "2021-02": (84, 100), "2021-03": (90, 100)}
    make_kpi(strategy, "a", group, measured, {"2021-01": 82}, is_part=False, **words)
    typed = sent_form(admin.get(url("kpi-edit", "a"))) | {"lower_is_better": "1"}
    response = admin.post(url("kpi-edit", "a"), typed, follow=True)
    # 80: yellow → green; 84: green → yellow (82/84); 90: green → yellow (82/90)
    assert "Mittari a was saved. 3 periods change their light." in response.content.decode()


@pytest.mark.django_db(transaction=True)
def test_of_four_who_change_the_same_kpi_at_once_one_is_kept_and_three_are_told():
    strategy = make_strategy()
    kpi = make_kpi(strategy, "a")
    days = iter(range(20, 24))

    def change():
        try:
            editing.save(strategy, kpi.pk, {"due_days": next(days)}, 1, None)
        except Overtaken:
            return "told"
        return "kept"

    assert sorted(at_once(change)) == ["kept", "told", "told", "told"]
    assert (Kpi.objects.get().version, kpi.changes.count()) == (2, 1)


@pytest.mark.parametrize(
    ("about", "measured", "rule", "why"),
    [
        (
            {"kind": "value", "unit": Words(fi="°C"), "whole_counts": False},
            {"2021-01": (3,), "2021-02": (-4,), "2021-03": (-5,)},
            "lower_is_better",
            "February 2021: the measurement −4 does not fit; expected was: "
            "a number that is not below nought",
        ),
        (
            {"is_part": False},
            {"2021-01": (50, 100), "2021-03": (151, 100), "2021-02": (150, 100)},
            "is_part",
            "February 2021: the measurement 150 / 100 does not fit; expected was: "
            "the numerator is a part of the denominator: at most 100",
        ),
        (
            {"frequency": "quarter", "whole_counts": False},
            {"2021Q1": (5, 10), "2021Q2": ("1.5", 100)},
            "whole_counts",
            "Q2/2021: the measurement 1,5 / 100 does not fit; expected was: a whole number",
        ),
    ],
)
def test_no_rule_becomes_stricter_than_what_was_measured(
    admin, strategy, group, about, measured, rule, why
):
    words = {"numerator_name": Words(fi="a"), "denominator_name": Words(fi="b")}
    kpi = make_kpi(strategy, "a", group, measured, **words | about)
    typed = sent_form(admin.get(url("kpi-edit", "a"))) | {rule: "1"}
    response = admin.post(url("kpi-edit", "a"), typed)
    assert (response.status_code, faults(response)) == (422, {rule: [why]})
    assert not getattr(Kpi.objects.get(), rule)
    # What was taken back is in nobody's way.
    taken = [Measured(kpi.pk, parse(period), None) for period in [*measured][1:]]
    record(taken, Origin.FORM)
    assert admin.post(url("kpi-edit", "a"), typed).status_code == 302
    assert getattr(Kpi.objects.get(), rule)


def test_each_rule_that_becomes_too_strict_is_named(strategy, group, yllapitaja):
    fields = {"is_part": False, "whole_counts": False}
    kpi = make_kpi(strategy, "a", group, {"2021-01": ("1.5", 2), "2021-02": (5, 2)}, **fields)
    with pytest.raises(editing.Unfit) as unfit:
        editing.save(strategy, kpi.pk, dict.fromkeys(fields, True), 1, yllapitaja)
    assert unfit.value.faults == {
        "is_part": "helmikuu 2021: mittaus 5 / 2 ei sovi; odotettiin: "
        "osoittaja on osa nimittäjää: enintään 2",
        "whole_counts": "tammikuu 2021: mittaus 1,5 / 2 ei sovi; odotettiin: kokonaisluku",
    }
