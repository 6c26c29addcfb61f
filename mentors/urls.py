from django.urls import path

from mentors.views import about, comments, evidence

app_name = "mentors"
urlpatterns = [
    path("accessibility/", about.accessibility, name="accessibility"),
    path("privacy/", about.privacy, name="privacy"),
    path("feedback/", about.feedback, name="feedback"),
    path("feedback/thanks/", about.feedback_thanks, name="feedback-thanks"),
    path("feedback/received/", about.feedback_list, name="feedback-list"),
    path("feedback/received/<int:pk>/answered/", about.feedback_answered, name="feedback-answered"),
    # A code may hold any sign, a stroke included.
    path("strategies/<slug:slug>/discussion/<path:code>", comments.discussion, name="discussion"),
    path(
        "strategies/<slug:slug>/comments/<int:pk>/remove/",
        comments.comment_remove,
        name="comment-remove",
    ),
    path("strategies/<slug:slug>/mention-people/", comments.mention_people, name="mention-people"),
    path("strategies/<slug:slug>/evidence/<path:code>", evidence.evidence, name="evidence"),
    path("evidence/<uuid:pk>/", evidence.evidence_file, name="evidence-file"),
    path("evidence/<uuid:pk>/remove/", evidence.evidence_remove, name="evidence-remove"),
]
