from django.urls import path

from mentors import views

app_name = "mentors"
urlpatterns = [
    path("accessibility/", views.accessibility, name="accessibility"),
    path("privacy/", views.privacy, name="privacy"),
    path("feedback/", views.feedback, name="feedback"),
    path("feedback/thanks/", views.feedback_thanks, name="feedback-thanks"),
    path("feedback/received/", views.feedback_list, name="feedback-list"),
    path("feedback/received/<int:pk>/answered/", views.feedback_answered, name="feedback-answered"),
]
