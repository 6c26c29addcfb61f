from django.urls import path

from metrics.views import figures, kpis

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
    path("kpis/", kpis.kpi_list, name="kpi-list"),
    path("kpis.csv", kpis.kpi_list_export, name="kpi-list-export"),
    path("kpis/freshness/", kpis.kpi_freshness, name="kpi-freshness"),
    path("kpis/<slug:kpi>/", kpis.kpi_detail, name="kpi-detail"),
    path("kpis/<slug:kpi>.csv", kpis.kpi_export, name="kpi-export"),
]
