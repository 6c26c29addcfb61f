from django.urls import path

from mentors.views import (
    about,
    comments,
    communication,
    deputies,
    evidence,
    hand_over,
    invitations,
    mails,
    networks,
    people,
    profile,
    report_link,
    two_step,
    worklist,
)

app_name = "mentors"
urlpatterns = [
    path("strategies/<slug:slug>/my-quarter/", worklist.worklist, name="worklist"),
    path(
        "strategies/<slug:slug>/my-quarter/light/<int:pk>/",
        worklist.worklist_light,
        name="worklist-light",
    ),
    path("report/<str:token>/", report_link.report_link, name="report-link"),
    path(
        "report/<str:token>/light/<int:pk>/",
        report_link.report_link_light,
        name="report-link-light",
    ),
    path("accessibility/", about.accessibility, name="accessibility"),
    path("privacy/", about.privacy, name="privacy"),
    path("feedback/", about.feedback, name="feedback"),
    path("feedback/thanks/", about.feedback_thanks, name="feedback-thanks"),
    path("feedback/received/", about.feedback_list, name="feedback-list"),
    path("feedback/received/<int:pk>/answered/", about.feedback_answered, name="feedback-answered"),
    path("people/<int:pk>/two-step/reset/", two_step.two_step_reset, name="two-step-reset"),
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
    path("people/", people.person_list, name="person-list"),
    path("people/add/", people.person_add, name="person-add"),
    path("people/<int:pk>/", people.person_detail, name="person-detail"),
    path("people/<int:pk>/invite/", people.person_invite, name="person-invite"),
    path("people/<int:pk>/invite/revoke/", people.invitation_revoke, name="invitation-revoke"),
    path("people/<int:pk>/deactivate/", people.person_deactivate, name="person-deactivate"),
    path("people/<int:pk>/reactivate/", people.person_reactivate, name="person-reactivate"),
    path("people/<int:pk>/pseudonymise/", people.person_pseudonymise, name="person-pseudonymise"),
    path("invitation/<str:token>/", invitations.invitation_accept, name="invitation-accept"),
    path("people/<int:pk>/report-link/", report_link.report_link_send, name="report-link-send"),
    path(
        "report-links/<int:pk>/revoke/", report_link.report_link_revoke, name="report-link-revoke"
    ),
    path("mails/", mails.mail_list, name="mail-list"),
    path("mails/<int:pk>/again/", mails.mail_again, name="mail-again"),
    path("profile/", profile.profile, name="profile"),
    path("strategies/<slug:slug>/networks/", networks.network_list, name="network-list"),
    path("strategies/<slug:slug>/networks/add/", networks.network_add, name="network-add"),
    path(
        "strategies/<slug:slug>/networks/<int:pk>/", networks.network_detail, name="network-detail"
    ),
    path(
        "strategies/<slug:slug>/networks/<int:pk>/edit/", networks.network_edit, name="network-edit"
    ),
    path(
        "strategies/<slug:slug>/networks/<int:pk>/actions/",
        networks.network_actions,
        name="network-actions",
    ),
    path(
        "strategies/<slug:slug>/networks/<int:pk>/remove/",
        networks.network_remove,
        name="network-remove",
    ),
    path(
        "strategies/<slug:slug>/communication/",
        communication.communication_list,
        name="communication-list",
    ),
    path(
        "strategies/<slug:slug>/communication.xlsx",
        communication.communication_export,
        name="communication-export",
    ),
    path(
        "strategies/<slug:slug>/communication/<int:pk>/edit/",
        communication.communication_edit,
        name="communication-edit",
    ),
    path(
        "strategies/<slug:slug>/communication/<int:pk>/remove/",
        communication.communication_remove,
        name="communication-remove",
    ),
    path("strategies/<slug:slug>/uncovered/", hand_over.uncovered, name="uncovered"),
    path("deputies/", deputies.deputy_list, name="deputy-list"),
    path("deputies/<int:pk>/end/", deputies.deputy_end, name="deputy-end"),
    path("people/hand-over/", hand_over.hand_over, name="hand-over"),
]
