from django.urls import path, register_converter

from metrics.kpis import periods
from metrics.views import figures, measurements


class MonthConverter:
    """A month of an address, 2022-07."""

    regex = "[1-9][0-9]{3}-(?:0[1-9]|1[0-2])"
    to_python = staticmethod(periods.parse)
    to_url = staticmethod(str)


class PeriodConverter(MonthConverter):
    """A month or a quarter of an address, 2022-07 or 2022Q3."""

    regex = "[1-9][0-9]{3}(?:-(?:0[1-9]|1[0-2])|Q[1-4])"


register_converter(MonthConverter, "month")
register_converter(PeriodConverter, "period")
MEASUREMENT = "kpis/<slug:kpi>/measurements/<period:period>/"

app_name = "metrics"
urlpatterns = [
    path("", figures.situation_page, name="situation"),
    path("freshness/", figures.freshness, name="freshness"),
    path("phases/<int:year>/", figures.phase_detail, name="phase-detail"),
    path("groups/", figures.group_list, name="group-list"),
    path("rule/", figures.rule, name="rule"),
    path("actions/", figures.action_list, name="action-list"),
    path("actions.xlsx", figures.action_list_export, {"kind": "xlsx"}, name="action-list-export"),
    path("actions.csv", figures.action_list_export, {"kind": "csv"}, name="action-list-export"),
    # A code may hold any sign, a stroke included.
    path("light/<path:code>", figures.action_light, name="action-light"),
    path("actions/<path:code>", figures.action_detail, name="action-detail"),
    path(MEASUREMENT, measurements.measurement_edit, name="measurement-edit"),
    path(f"{MEASUREMENT}light/", measurements.measurement_light, name="measurement-light"),
    path(f"{MEASUREMENT}withdraw/", measurements.measurement_withdraw, name="measurement-withdraw"),
    path("kpis/<slug:kpi>/grid/", measurements.kpi_grid, name="kpi-grid"),
    path("kpi-months/", measurements.month_due, name="month-due"),
    path("kpi-months/own/", measurements.own_kpis, name="own-kpis"),
    path("kpi-months/<month:month>/grid/", measurements.month_grid, name="month-grid"),
]
