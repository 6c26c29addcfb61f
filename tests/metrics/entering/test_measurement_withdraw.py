"""A measurement that is taken back, with a reason."""

import re

import pytest

from tests.entering import page_of, rate, versions
from tests.factories import measure
from tests.pages import text

pytestmark = pytest.mark.django_db


def test_a_measurement_is_taken_back_with_a_reason_and_its_numbers_stay_in_the_history(
    browse, yllapitaja, kpi
):
    measure(kpi, {"2021-07": (412, 520)}, yllapitaja)
    client = browse(yllapitaja)
    address = f"{page_of(kpi)}withdraw/"
    assert "Take back the measurement of Findability, July 2021?" in text(client.get(address))
    for no_reason in (" ", "\x01\x02", "\U0001d15e" * 251):  # the last is 502 signs as it is kept
        assert client.post(address, {"version": 1, "comment": no_reason}).status_code == 422
    for _click in range(2):
        response = client.post(address, {"version": 1, "comment": "Väärä kuukausi"}, follow=True)
        assert "was taken back" in text(response)
    assert versions(kpi) == [
        ("2021-07", 1, (412, 520), ""),
        ("2021-07", 2, None, "Väärä kuukausi"),
    ]
    page = text(client.get(page_of(kpi)))
    assert "taken back Väärä kuukausi" in page
    assert "Found it 412" in page
    assert "no numbers yet" in page
    assert client.get(address).status_code == 302
    # And it can be measured again.
    assert client.post(page_of(kpi), rate("411", "520", 2)).status_code == 302
    assert versions(kpi)[-1] == ("2021-07", 3, (411, 520), "")


def test_what_somebody_corrected_meanwhile_is_not_taken_back_unseen(browse, yllapitaja, kpi):
    measure(kpi, {"2021-07": (412, 520)})
    measure(kpi, {"2021-07": (413, 520)})
    data = {"version": 1, "comment": "Väärin"}
    response = browse(yllapitaja).post(f"{page_of(kpi)}withdraw/", data)
    assert response.status_code == 409
    assert "found it 413" in text(response)
    assert re.search(r'name="version" value="(\d+)"', response.content.decode())[1] == "2"
    assert len(versions(kpi)) == 2


def test_what_was_never_measured_cannot_be_taken_back(browse, yllapitaja, kpi):
    client, address = browse(yllapitaja), f"{page_of(kpi)}withdraw/"
    data = {"version": 0, "comment": "Väärin"}
    assert (client.get(address).status_code, client.post(address, data).status_code) == (404, 404)
    assert versions(kpi) == []
