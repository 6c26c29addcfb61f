"""Months and quarters as people write them in the cells of a file, and what is none."""

import pytest

from metrics.kpis.periods import Month
from metrics.kpis.workbook import cells
from roadmap.quarters import Quarter
from roadmap.workbook.faults import Report

DAY = "days were read as the months that they lie in"
QUARTERS_DAY = "days were read as the quarters that they lie in"


@pytest.mark.parametrize(
    ("cell", "assumed"),
    [
        *((text, []) for text in ("2022-07", "2022-7", "7/2022", "07/2022", "07.2022", "7.2022")),
        *((text, []) for text in ("2022M07", "2022m7", " 2022–07 ", "2022\u200b-07", 7.2022)),
        *((text, []) for text in ("heinäkuu 2022", "HEINÄKUU 2022", "heinäkuussa 2022")),
        *(
            (text, [])
            for text in ("juli 2022", "July 2022", "Jul-22", "jul. 2022", "2022 heinäkuu")
        ),
        (["t", 7.2022, "07.2022"], []),
        *((cell, [DAY]) for cell in (["d", "2022-07-01"], "31.7.2022", "2022-07-31", "1.7.22")),
    ],
)
def test_a_month_is_read_however_it_is_written(cell, assumed):
    report = Report()
    assert cells.period(cell, Month, report) == Month(2022, 7)
    assert [sentence.text for sentence in report.assumptions] == assumed


@pytest.mark.parametrize(
    "cell",
    [
        *(None, "", "heinäkuu", "2022", 2022, 202207, "13/2022", "2022Q3", "Q3/2022", "0/2022"),
        *("2022-07-2022-08", "heinäkuu–elokuu 2022", "31.6.2022", "7/14/2022", "7/0000", "7/1850"),
        *("kesä 22", ["b", True], ["e", "#REF!"], ["f", "=A1"]),
    ],
)
def test_what_is_no_one_month_is_a_fault(cell):
    with pytest.raises(ValueError):
        cells.period(cell, Month, Report())


@pytest.mark.parametrize(
    ("cell", "assumed"),
    [
        *((text, []) for text in ("2022Q3", "2022 q3", "Q3/2022", "Q3 2022", "3/2022", "KV3/2022")),
        *((cell, [QUARTERS_DAY]) for cell in (["d", "2022-09-30"], "1.7.2022")),
    ],
)
def test_a_quarter_is_read_as_the_road_map_reads_it(cell, assumed):
    report = Report()
    assert cells.period(cell, Quarter, report) == Quarter(2022, 3)
    assert [sentence.text for sentence in report.assumptions] == assumed


@pytest.mark.parametrize(
    "cell", ["2022-07", "heinäkuu 2022", "7/2022", "2022", "H2/2022", "5/2022"]
)
def test_what_is_no_one_quarter_is_a_fault(cell):
    with pytest.raises(ValueError):
        cells.period(cell, Quarter, Report())
