"""What of the drawings of KPIs a browser would not tell: labels that stay within them."""

import pytest

from metrics.kpis import drawings
from metrics.kpis.drawings import MeterWords
from metrics.kpis.scale import Axis, Marks
from roadmap.traffic_light import Limits


@pytest.mark.parametrize(
    ("place", "label", "anchor"),
    [
        (5.0, "+13", "start"),
        (50.0, "heinäkuu 79,2\u00a0%", "middle"),
        (80.0, "+13", "middle"),
        # On a phone half of this is wider than what is left of the meter.
        (80.2, "helmikuu 99,6205\u00a0%", "end"),
        (20.0, "helmikuu 99,6205\u00a0%", "start"),
        (95.0, "+13", "end"),
    ],
)
def test_a_label_stays_within_the_meter_on_the_narrowest_screen(place, label, anchor):
    words = MeterWords(now=label, before="", limits=[], target="", parts=[], says="")
    drawn = drawings.meter(Axis(Limits(100, 85)), Marks(now=place), words)
    assert f'x="{place}%" y="2.6rem" text-anchor="{anchor}">{label}</text>' in drawn
