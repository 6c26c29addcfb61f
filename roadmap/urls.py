from django.urls import path

from roadmap.views import imports, pages, strategies

app_name = "roadmap"
urlpatterns = [
    path("strategy/", strategies.strategy_detail, name="strategy-detail"),
    path("strategy/edit/", strategies.strategy_edit, name="strategy-edit"),
    path("phases/<int:year>/edit/", strategies.phase_edit, name="phase-edit"),
    path("strategy/add/", strategies.strategy_add, name="strategy-add"),
    path("strategy/pages/", pages.page_list, name="page-list"),
    path("strategy/pages/add/", pages.page_add, name="page-add"),
    path("strategy/pages/copy/", pages.page_copy, name="page-copy"),
    path("strategy/<slug:page>/", pages.page_detail, name="page-detail"),
    path("strategy/<slug:page>/edit/", pages.page_edit, name="page-edit"),
    path("strategy/<slug:page>/place/", pages.page_place, name="page-place"),
    path("strategy/<slug:page>/move/", pages.page_move, name="page-move"),
    path("strategy/<slug:page>/remove/", pages.page_remove, name="page-remove"),
    path("strategy/<slug:page>/bring-back/", pages.page_bring_back, name="page-bring-back"),
    path("strategy/<slug:page>/versions/", pages.page_history, name="page-history"),
    path(
        "strategy/<slug:page>/versions/<slug:language>/<int:number>/",
        pages.page_version,
        name="page-version",
    ),
    path("roadmap.xlsx", strategies.export, name="export"),
    path("imports/", imports.import_list, name="import-list"),
    path("imports/template.xlsx", strategies.template, name="template"),
    path("imports/<uuid:pk>/", imports.import_detail, name="import-detail"),
    path("imports/<uuid:pk>/sheets/", imports.import_sheets, name="import-sheets"),
    path("imports/<uuid:pk>/columns/<int:number>/", imports.import_columns, name="import-columns"),
    path("imports/<uuid:pk>/preview/", imports.import_preview, name="import-preview"),
    path("imports/<uuid:pk>/faults/", imports.import_faults, name="import-faults"),
    path("imports/<uuid:pk>/confirm/", imports.import_confirm, name="import-confirm"),
    path("imports/<uuid:pk>/cancel/", imports.import_cancel, name="import-cancel"),
    path("imports/<uuid:pk>/undo/", imports.import_undo, name="import-undo"),
    path("imports/<uuid:pk>/discard/", imports.import_discard, name="import-discard"),
]
