"""An import of measurements that is undone, overtaken, broken off or thrown away."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from mentors import leavers, people
from metrics.kpis import computing, editing
from metrics.kpis.achievement import Kind
from metrics.models import KpiChange, KpiStatus, Measurement, MeasurementImport
from roadmap import formats
from roadmap.models import ImportState
from roadmap.tasks import forget_uploads
from tests.factories import content, make_kpi, make_user, measure
from tests.imports import work
from tests.kpi_imports import (
    HEADERS,
    at,
    confirm,
    measurements,
    page,
    said,
    send,
    standing,
    undo,
)

pytestmark = pytest.mark.django_db


def test_undoing_brings_back_what_stood_and_withdraws_what_was_new(admin, strategy, kpi):
    kept = send(
        admin,
        strategy,
        measurements(
            ["loyto", "2021-06", 60, 90, "Korjattu"],
            ["loyto", "2021-07", 80, 100, None],
            headers=[*HEADERS, "Kommentti"],
        ),
    )
    before = standing(strategy)
    kept = undo(admin, confirm(admin, kept))
    assert (kept.state, standing(strategy)) == (ImportState.UNDONE, before)
    versions = kpi.measurements.filter(period__in=["2021-06", "2021-07"])
    assert [
        (str(one.period), one.version, one.withdrawn, one.numbers, one.comment) for one in versions
    ] == [
        ("2021-06", 1, False, (76, 100), ""),
        ("2021-06", 2, False, (60, 90), "Korjattu"),
        ("2021-06", 3, False, (76, 100), ""),
        ("2021-07", 1, False, (80, 100), ""),
        ("2021-07", 2, True, None, ""),
    ]
    assert [change.fields for change in KpiChange.objects.order_by("pk")] == [
        {"import": [None, "mittaukset.xlsx"]},
        {"import": ["mittaukset.xlsx", None]},
    ]
    computing.compute(kpi.group_id)
    assert not KpiStatus.objects.filter(period="2021-07").exists()
    assert "The import was undone" in page(admin, kept)


def test_what_was_entered_since_stands_in_the_way_and_is_named(admin, strategy, kpi, johto):
    file = measurements(
        *(["loyto", f"2021-{month:02}", 77, 100] for month in (5, 6, 7)),
    )
    kept = confirm(admin, send(admin, strategy, file))
    measure(kpi, {"2021-06": (78, 100), "2021-07": (79, 100)}, johto)
    before = list(Measurement.objects.values())
    kept = undo(admin, kept)
    at_what_time = [row.at for row in kpi.measurements.filter(user=johto).order_by("period")]
    when = [f"{formats.day(one)} {timezone.localtime(one):%H.%M}" for one in at_what_time]
    assert (kept.state, [said(one) for one in kept.problem]) == (
        ImportState.APPLIED,
        [
            f"loyto, 2021-06: changed after the import ({johto}, {when[0]})",
            f"loyto, 2021-07: changed after the import ({johto}, {when[1]})",
        ],
    )
    assert list(Measurement.objects.values()) == before
    # What was itself taken back is no hindrance.
    measure(kpi, {"2021-06": (77, 100), "2021-07": (77, 100)}, johto)
    assert undo(admin, kept).state == ImportState.UNDONE


def test_an_import_over_another_is_undone_from_the_newest_backwards(admin, strategy, kpi):
    before = standing(strategy)
    first = confirm(admin, send(admin, strategy, measurements(["loyto", "2021-06", 77, 100])))
    second = confirm(admin, send(admin, strategy, measurements(["loyto", "2021-06", 78, 100])))
    assert undo(admin, first).state == ImportState.APPLIED
    assert undo(admin, second).state == ImportState.UNDONE
    assert undo(admin, first).state == ImportState.UNDONE
    assert standing(strategy) == before


def test_what_stood_before_must_fit_the_rules_of_now(admin, strategy, yllapitaja):
    about = {"kind": Kind.VALUE, "whole_counts": False}
    kpi = make_kpi(strategy, "lampo", measured={"2021-06": (-5,), "2021-07": (1.5,)}, **about)
    headers = ["Mittari", "Jakso", "Arvo"]
    rows = [["lampo", "2021-06", 5], ["lampo", "2021-07", 2], ["lampo", "2021-08", 3]]
    kept = confirm(admin, send(admin, strategy, measurements(*rows, headers=headers)))
    assert kept.state == ImportState.APPLIED
    wanted = {"lower_is_better": True, "whole_counts": True}
    editing.save(strategy, kpi.pk, wanted, kpi.version, yllapitaja)
    before = list(Measurement.objects.values())
    kept = undo(admin, kept)
    assert (kept.state, [said(one) for one in kept.problem]) == (
        ImportState.APPLIED,
        [
            "lampo, 2021-06: −5 does not fit the KPI any more: a number that is not below nought",
            "lampo, 2021-07: 1,5 does not fit the KPI any more: a whole number",
        ],
    )
    assert list(Measurement.objects.values()) == before
    loose = {"lower_is_better": False, "whole_counts": False}
    editing.save(strategy, kpi.pk, loose, kpi.version + 1, yllapitaja)
    assert undo(admin, kept).state == ImportState.UNDONE
    assert standing(strategy) == {("lampo", "2021-06"): (-5, ""), ("lampo", "2021-07"): (1.5, "")}


def test_a_comment_is_taken_back_from_numbers_that_no_longer_fit(admin, strategy, kpi):
    strategy.kpis.update(is_part=False)
    measure(kpi, {"2021-06": (176, 100)})
    row = ["loyto", "2021-06", 176, 100, "Tarkistettu"]
    kept = send(admin, strategy, measurements(row, headers=[*HEADERS, "Kommentti"]))
    kept = confirm(admin, kept)
    strategy.kpis.update(is_part=True)  # as it could be while measurements were not looked at
    assert undo(admin, kept).state == ImportState.UNDONE
    assert standing(strategy)["loyto", "2021-06"] == (176, 100, "")


def test_what_changed_since_it_was_seen_is_shown_anew(admin, strategy, kpi):
    kept = send(admin, strategy, measurements(["loyto", "2021-06", 80, 100]))
    measure(kpi, {"2021-06": (79, 100)})
    kept = confirm(admin, kept)
    assert kept.state == ImportState.CHECKED
    assert kept.steps.get().before["numerator"] == "79"
    assert "Something changed after you saw the summary" in page(admin, kept)
    assert confirm(admin, kept).state == ImportState.APPLIED


def test_other_kpis_may_change_meanwhile(admin, strategy, kpi):
    other = make_kpi(strategy, "toinen")
    kept = send(admin, strategy, measurements(["loyto", "2021-06", 80, 100]))
    measure(other, {"2021-06": (79, 100)})
    assert confirm(admin, kept).state == ImportState.APPLIED


def test_a_yes_to_an_earlier_summary_is_no_yes(admin, strategy, kpi):
    kept = send(admin, strategy, measurements(["loyto", "2021-06", 80, 100]))
    admin.post(at("check", kept))
    checked_again = work(kept)
    assert checked_again.version == kept.version + 1
    assert confirm(admin, kept).state == ImportState.CHECKED
    assert standing(strategy)["loyto", "2021-06"] == (76, 100, "")


def test_a_check_that_was_cancelled_can_be_done_again(admin, strategy, kpi):
    kept = send(admin, strategy, measurements(["loyto", "2021-06", 80, 100]))
    admin.post(at("check", kept))
    admin.post(at("cancel", kept))
    kept = work(kept)
    assert (kept.state, [said(one) for one in kept.problem]) == (
        ImportState.READ,
        ["It was cancelled. Nothing was changed."],
    )
    assert "Check it again" in page(admin, kept)
    admin.post(at("check", kept))
    assert work(kept).state == ImportState.CHECKED


def test_a_file_can_be_thrown_away_until_it_was_imported(admin, strategy, kpi):
    kept = send(admin, strategy, measurements(["loyto", "2021-06", 80, 100]))
    shown = admin.post(at("discard", kept), follow=True).content.decode()
    assert "The file was thrown away. Nothing was imported." in shown
    assert not MeasurementImport.objects.exists()
    kept = confirm(admin, send(admin, strategy, measurements(["loyto", "2021-06", 80, 100])))
    admin.post(at("discard", kept))
    assert MeasurementImport.objects.get().state == ImportState.APPLIED


def test_uploads_that_nobody_said_yes_to_are_forgotten_after_a_week(
    admin, strategy, kpi, django_capture_on_commit_callbacks
):
    kept = send(admin, strategy, measurements(["loyto", "2021-06", 80, 100]))
    forget_uploads()
    assert MeasurementImport.objects.count() == 1
    MeasurementImport.objects.update(uploaded_at="2021-01-01T00:00Z")
    with django_capture_on_commit_callbacks(execute=True):
        forget_uploads()
    assert (MeasurementImport.objects.count(), kept.folder.exists()) == (0, False)


def test_a_page_of_progress_leads_on_when_the_job_is_done(admin, strategy, kpi):
    file = SimpleUploadedFile("mittaukset.xlsx", content(measurements(["loyto", "2021-06", 80, 9])))
    admin.post(reverse("metrics:kpi-import-list", args=[strategy.slug]), {"file": file})
    kept = MeasurementImport.objects.get()
    assert "Step 1/3: The file is being read" in page(admin, kept)
    fragment = admin.get(at("detail", kept), headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in fragment
    assert at("cancel", kept) in fragment
    work(kept)
    answer = admin.get(at("detail", kept), headers={"HX-Request": "true"})
    assert (answer.status_code, answer.headers["HX-Redirect"]) == (204, at("preview", kept))


def test_what_is_no_workbook_is_refused_at_once(admin, strategy):
    address = reverse("metrics:kpi-import-list", args=[strategy.slug])
    answer = admin.post(address, {"file": SimpleUploadedFile("a.xlsx", b"%PDF-1.7")})
    assert answer.status_code == 422
    assert "The file is a PDF." in answer.content.decode()
    answer = admin.post(address)
    assert "The file of measurements: choose the file" in answer.content.decode()
    assert not MeasurementImport.objects.exists()


def test_a_file_that_names_somebody_goes_with_them_and_what_was_imported_stays(
    admin, strategy, kpi, yllapitaja, django_capture_on_commit_callbacks
):
    leaver = make_user("digimentori", "lahtija@example.org")
    headers = [*HEADERS, "Kommentti"]
    row = ["loyto", "2021-06", 80, 100, "Kysy: lahtija@example.org"]
    waiting = send(admin, strategy, measurements(row, headers=headers))
    done = confirm(admin, send(admin, strategy, measurements(row, headers=headers)))
    other = send(admin, strategy, measurements(["loyto", "2021-05", 80, 100]))
    people.deactivate(leaver, yllapitaja)
    with django_capture_on_commit_callbacks(execute=True):
        leavers.pseudonymise(leaver, yllapitaja)
    left = {kept.pk: bool(kept.file) for kept in MeasurementImport.objects.all()}
    assert left == {done.pk: False, other.pk: True}
    assert not waiting.folder.exists()
    assert standing(strategy)["loyto", "2021-06"][:2] == (80, 100)
