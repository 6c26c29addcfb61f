from django.urls import path

from roadmap import views

app_name = "roadmap"
urlpatterns = [
    path("strategy/", views.strategy_detail, name="strategy-detail"),
    path("strategy/edit/", views.strategy_edit, name="strategy-edit"),
    path("roadmap.xlsx", views.export, name="export"),
    path("imports/", views.import_list, name="import-list"),
    path("imports/template.xlsx", views.template, name="template"),
    path("imports/<uuid:pk>/", views.import_detail, name="import-detail"),
    path("imports/<uuid:pk>/confirm/", views.import_confirm, name="import-confirm"),
    path("imports/<uuid:pk>/discard/", views.import_discard, name="import-discard"),
]
