from django.urls import path, register_converter

from metrics.kpis import periods
from metrics.views import figures, imports, kpi_settings, kpi_targets, kpis, measurements, tokens


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
    # Administrators' own: what is measured, towards what, and who sends it by itself.
    path("kpi-settings/", kpi_settings.kpi_settings, name="kpi-settings"),
    path("kpi-settings/nine/", kpi_settings.kpi_nine, name="kpi-nine"),
    path("kpi-settings/groups/add/", kpi_settings.kpi_group_add, name="kpi-group-add"),
    path("kpi-settings/groups/<int:pk>/", kpi_settings.kpi_group_edit, name="kpi-group-edit"),
    path("kpi-settings/groups/<int:pk>/move/", kpi_settings.kpi_group_move, name="kpi-group-move"),
    path(
        "kpi-settings/groups/<int:pk>/remove/",
        kpi_settings.kpi_group_remove,
        name="kpi-group-remove",
    ),
    path("kpi-settings/add/", kpi_settings.kpi_add, name="kpi-add"),
    path("kpi-settings/kpis/<slug:kpi>/", kpi_settings.kpi_edit, name="kpi-edit"),
    path("kpi-settings/kpis/<slug:kpi>/targets/", kpi_targets.kpi_targets, name="kpi-targets"),
    path("kpi-settings/kpis/<slug:kpi>/move/", kpi_settings.kpi_move, name="kpi-move"),
    path("kpi-settings/kpis/<slug:kpi>/remove/", kpi_settings.kpi_remove, name="kpi-remove"),
    path("kpi-settings/tokens/", tokens.token_list, name="token-list"),
    path("kpi-settings/tokens/add/", tokens.token_add, name="token-add"),
    path("kpi-settings/tokens/<int:pk>/", tokens.token_edit, name="token-edit"),
    path("kpi-settings/tokens/<int:pk>/made/", tokens.token_made, name="token-made"),
    path("kpi-settings/tokens/<int:pk>/revoke/", tokens.token_revoke, name="token-revoke"),
    path("kpis/", kpis.kpi_list, name="kpi-list"),
    path("kpis.csv", kpis.kpi_list_export, name="kpi-list-export"),
    path("kpis/freshness/", kpis.kpi_freshness, name="kpi-freshness"),
    path("kpis/<slug:kpi>/", kpis.kpi_detail, name="kpi-detail"),
    path("kpis/<slug:kpi>.csv", kpis.kpi_export, name="kpi-export"),
    path("kpi-imports/", imports.kpi_import_list, name="kpi-import-list"),
    path("kpi-imports/template.xlsx", imports.kpi_import_template, name="kpi-import-template"),
    path(
        "kpi-imports/measurements.xlsx",
        imports.measurement_export,
        {"kind": "xlsx"},
        name="measurement-export",
    ),
    path(
        "kpi-imports/measurements.csv",
        imports.measurement_export,
        {"kind": "csv"},
        name="measurement-export",
    ),
    path("kpi-imports/<uuid:pk>/", imports.kpi_import_detail, name="kpi-import-detail"),
    path("kpi-imports/<uuid:pk>/preview/", imports.kpi_import_preview, name="kpi-import-preview"),
    path("kpi-imports/<uuid:pk>/faults/", imports.kpi_import_faults, name="kpi-import-faults"),
    path("kpi-imports/<uuid:pk>/check/", imports.kpi_import_check, name="kpi-import-check"),
    path("kpi-imports/<uuid:pk>/cancel/", imports.kpi_import_cancel, name="kpi-import-cancel"),
    path("kpi-imports/<uuid:pk>/undo/", imports.kpi_import_undo, name="kpi-import-undo"),
    path("kpi-imports/<uuid:pk>/discard/", imports.kpi_import_discard, name="kpi-import-discard"),
]
