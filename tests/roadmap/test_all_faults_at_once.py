"""A row names all its faults at once: one round of mending is enough."""

import pytest

from tests.factories import make_strategy, propose, workbook

pytestmark = pytest.mark.django_db
HEADERS = ["Tunnus", "Toimenpide", "Vaihe", "Lähtöarvo", "Tavoitearvo", "Alku", "Loppu", "Paino"]


@pytest.fixture(autouse=True)
def in_english(settings):
    settings.LANGUAGE_CODE = "en"


@pytest.mark.parametrize(
    ("row", "cells"),
    [
        (["a", None, 2050, 5, 5, "2021Q4", "2021Q1", 0], ["B2", "C2", "H2", "E2", "G2"]),
        (["a", "x", 2050, "n. 5", 5, "2021Q4", "2021Q1", 1], ["D2", "C2", "G2"]),
        ([None, "x", 2050, 5, 5, None, None, 1], ["A2", "C2", "E2"]),
        (["a", "x", "ei", 5, 5, "2031Q1", "2021Q1", 1], ["C2", "E2", "F2"]),
    ],
)
def test_one_fault_hides_no_other(row, cells):
    proposal = propose(workbook(HEADERS, row), make_strategy())
    assert [fault.cell for fault in proposal.report.faults] == cells


def test_a_second_row_of_the_same_code_is_checked_as_well():
    rows = [["a", "x", 2021], ["a", "y", 2050]]
    proposal = propose(workbook(HEADERS[:3], *rows), make_strategy())
    assert [fault.cell for fault in proposal.report.faults] == ["A3", "C3"]
