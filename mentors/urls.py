from django.urls import path

from mentors.views import about, invitations, people, profile

app_name = "mentors"
urlpatterns = [
    path("accessibility/", about.accessibility, name="accessibility"),
    path("privacy/", about.privacy, name="privacy"),
    path("feedback/", about.feedback, name="feedback"),
    path("feedback/thanks/", about.feedback_thanks, name="feedback-thanks"),
    path("feedback/received/", about.feedback_list, name="feedback-list"),
    path("feedback/received/<int:pk>/answered/", about.feedback_answered, name="feedback-answered"),
    path("people/", people.person_list, name="person-list"),
    path("people/add/", people.person_add, name="person-add"),
    path("people/<int:pk>/", people.person_detail, name="person-detail"),
    path("people/<int:pk>/invite/", people.person_invite, name="person-invite"),
    path("people/<int:pk>/invite/revoke/", people.invitation_revoke, name="invitation-revoke"),
    path("people/<int:pk>/deactivate/", people.person_deactivate, name="person-deactivate"),
    path("people/<int:pk>/reactivate/", people.person_reactivate, name="person-reactivate"),
    path("people/<int:pk>/pseudonymise/", people.person_pseudonymise, name="person-pseudonymise"),
    path("invitation/<str:token>/", invitations.invitation_accept, name="invitation-accept"),
    path("profile/", profile.profile, name="profile"),
]
