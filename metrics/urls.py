from django.urls import path

from metrics import views

app_name = "metrics"
urlpatterns = [
    path("", views.situation_page, name="situation"),
    path("freshness/", views.freshness, name="freshness"),
    path("phases/<int:year>/", views.phase_detail, name="phase-detail"),
    path("groups/", views.group_list, name="group-list"),
    path("rule/", views.rule, name="rule"),
    path("actions/", views.action_list, name="action-list"),
    path("actions.xlsx", views.action_list_export, {"kind": "xlsx"}, name="action-list-export"),
    path("actions.csv", views.action_list_export, {"kind": "csv"}, name="action-list-export"),
    # A code may hold any sign, a stroke included.
    path("light/<path:code>", views.action_light, name="action-light"),
    path("actions/<path:code>", views.action_detail, name="action-detail"),
]
