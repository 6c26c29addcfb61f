"""What becomes of an import whose file, people or worker changed meanwhile."""

import shutil
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.utils import timezone

from mentors.models import User
from roadmap import imports, progress
from roadmap.models import Action, ImportState, RoadmapImport
from roadmap.quarters import Quarter
from roadmap.reporting import QuarterNotOpen, report
from roadmap.workbook.faults import WorkbookRefused
from tests.roadmap.import_jobs.steps import (
    HEADERS,
    OVERTAKEN,
    checked,
    confirmed,
    now,
    problem,
    sent,
    worked,
)

pytestmark = pytest.mark.django_db(transaction=True)


def test_an_upload_whose_file_is_gone_is_refused_with_what_to_do(strategy):
    kept = sent(strategy, ["a", "Uusi", 2021, 1])
    Path(kept.file.path).unlink()
    kept = worked(kept)
    assert (kept.state, problem(kept)) == (ImportState.REFUSED, [imports.GONE])


def test_a_text_file_read_anew_in_vain_stays_as_it_was_read_before(strategy):
    content = "Tunnus;Toimenpide;Vaihe\na;Päätös;2021\n".encode()
    kept = worked(imports.upload(strategy, ContentFile(content, "tiekartta.csv"), None))
    assert kept.state == ImportState.CHECKED
    imports.reread(kept, {"encoding": "ascii", "delimiter": ";"})
    kept = worked(kept)
    assert kept.state == ImportState.READ
    assert len(kept.problem) == 1
    imports.check(kept)
    kept = worked(kept)
    assert (kept.state, kept.steps.get(code="a").title) == (ImportState.CHECKED, "Päätös")


def test_a_first_look_that_refuses_keeps_no_file(strategy, settings):
    with pytest.raises(WorkbookRefused):
        imports.upload(strategy, ContentFile(b"%PDF-1.4", "a.pdf"), None)
    uploads = Path(settings.MEDIA_ROOT) / "imports"
    assert list(uploads.glob("*.file")) == []


def test_a_person_added_by_hand_after_the_check_is_made_responsible_and_survives_the_undo(strategy):
    headers = [*HEADERS[:3], "Digimentori"]
    kept = checked(strategy, ["a", "Uusi", 2021, "uusi@x.fi"], headers=headers)
    User.objects.create_user("uusi@x.fi")
    kept = worked(confirmed(kept))
    assert kept.state == ImportState.APPLIED
    assert Action.objects.get(code="a").responsible.get().email == "uusi@x.fi"
    imports.take_back(kept, None)
    assert worked(kept).state == ImportState.UNDONE
    assert User.objects.filter(email="uusi@x.fi").exists()


def test_an_address_changed_after_the_check_has_it_checked_anew(strategy):
    person = User.objects.create_user("vanha@x.fi")
    headers = [*HEADERS[:3], "Digimentori"]
    kept = confirmed(checked(strategy, ["a", "Uusi", 2021, "vanha@x.fi"], headers=headers))
    person.email = "toinen@x.fi"
    person.save()
    kept = worked(kept)
    assert (kept.state, problem(kept)) == (ImportState.CHECKED, [OVERTAKEN])
    assert kept.new_names["responsible"] == ["vanha@x.fi"]


def test_nothing_is_left_of_what_a_killed_worker_began_to_read(strategy):
    kept = sent(strategy, ["a", "Uusi", 2021, 1])
    begun = kept.folder / "reading-00000000-0000-0000-0000-000000000000"
    begun.mkdir(parents=True)
    worked(kept)
    assert not begun.exists()
    shutil.rmtree(kept.folder)


def test_a_closed_quarter_and_a_silent_worker_are_no_reason_to_wait(strategy):
    """A claim is good for fifteen seconds of silence, whatever the clock of the file says."""
    kept = confirmed(checked(strategy, ["a", "Uusi", 2021, 1]))
    long_ago = timezone.now() - timedelta(seconds=progress.ALIVE_SECONDS + 1)
    RoadmapImport.objects.update(claim=kept.pk, claimed_at=timezone.now(), tries=1)
    assert imports.work_on(kept.pk) is None
    assert now(kept).state == ImportState.APPLYING
    RoadmapImport.objects.update(claimed_at=long_ago)
    assert worked(kept).state == ImportState.APPLIED
    with pytest.raises(QuarterNotOpen):
        report(Action.objects.get(code="a"), Quarter(2021, 2), Decimal(1), "", None, 0)
