import pytest

from roadmap.quarters import Quarter


@pytest.mark.parametrize(
    "text", ["2021Q1", "2021q1", "Q1/2021", "q1/2021", "Q1 2021", "1/2021", " 2021Q1 ", "2021 Q1"]
)
def test_a_quarter_is_read_in_every_form_that_people_write(text):
    assert Quarter.parse(text) == Quarter(2021, 1)


@pytest.mark.parametrize(
    "text", ["2021Q5", "Q0/2021", "5/2021", "2021", "", "Q1", "21Q1", "2021-01"]
)
def test_anything_else_is_not_a_quarter(text):
    with pytest.raises(ValueError, match="not a quarter"):
        Quarter.parse(text)


def test_quarters_are_counted_over_the_turn_of_the_year():
    assert Quarter.span(Quarter(2021, 3), Quarter(2022, 2)) == [
        Quarter(2021, 3),
        Quarter(2021, 4),
        Quarter(2022, 1),
        Quarter(2022, 2),
    ]
    assert Quarter(2022, 1).previous == Quarter(2021, 4)
    assert Quarter(2022, 1).ordinal - Quarter(2021, 4).ordinal == 1


def test_a_quarter_is_written_for_files_and_for_people():
    assert (str(Quarter(2022, 3)), Quarter(2022, 3).label) == ("2022Q3", "Q3/2022")
