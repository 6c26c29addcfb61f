from django.urls import path

from mentors.views import about, two_step

app_name = "mentors"
urlpatterns = [
    path("accessibility/", about.accessibility, name="accessibility"),
    path("privacy/", about.privacy, name="privacy"),
    path("feedback/", about.feedback, name="feedback"),
    path("feedback/thanks/", about.feedback_thanks, name="feedback-thanks"),
    path("feedback/received/", about.feedback_list, name="feedback-list"),
    path("feedback/received/<int:pk>/answered/", about.feedback_answered, name="feedback-answered"),
    path("people/<int:pk>/two-step/reset/", two_step.two_step_reset, name="two-step-reset"),
]
