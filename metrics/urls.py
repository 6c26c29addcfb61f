from django.urls import path

from metrics.views import figures, imports

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
