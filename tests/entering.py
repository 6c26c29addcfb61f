"""The pages on which measurements are entered: their addresses, what is sent, what they say."""

import re

from metrics.models import Measurement

S = "/strategies/strategia"
MONTH = f"{S}/kpi-months/2021-07/grid/"


def page_of(kpi, period="2021-07"):
    return f"{S}/kpis/{kpi.slug}/measurements/{period}/"


def year_of(kpi, year=2021):
    return f"{S}/kpis/{kpi.slug}/grid/?year={year}"


def rate(numerator, denominator, version=0, **more):
    return {"numerator": numerator, "denominator": denominator, "version": version, **more}


def sent(response):
    """What a browser sends of a grid as it stands."""
    page = response.content.decode()
    page = page[page.index('id="grid-form"') :]
    data = dict(re.findall(r'<input [^>]*name="([^"]+)"[^>]* value="([^"]*)"', page))
    data |= dict(re.findall(r'<textarea [^>]*name="([^"]+)"[^>]*>([^<]*)</textarea>', page))
    data["asked"] = re.findall(r'name="asked" value="([^"]+)"', page)
    data.pop("confirmed", None)
    return {name: value for name, value in data.items() if "csrf" not in name}


def summary(response):
    """The list of faults at the top of a grid."""
    page = response.content.decode()
    found = re.search(r'<div class="error-summary".*?</div>', page, re.DOTALL)
    items = re.findall(r"<li>(.*?)</li>", found[0], re.DOTALL) if found else []
    links = re.findall(r'href="#([^"]+)"', "".join(items))
    ids = re.findall(r' id="([^"]+)"', page)
    assert set(links) <= set(ids)  # each leads somewhere
    plain = [re.sub(r"<[^>]+>", "", item) for item in items]
    return [" ".join(item.replace("\u00a0", " ").split()) for item in plain]


def message(response):
    return re.search(r'notice-done" role="status">([^<]+)<', response.content.decode())[1]


def versions(*kpis):
    """All that was ever kept: period, version, numbers and comment."""
    rows = Measurement.objects.filter(kpi__in=kpis)
    return [
        (str(row.period), row.version, row.numbers, row.comment)
        for row in rows.order_by("kpi__position", "period", "version")
    ]
