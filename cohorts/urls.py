from django.urls import path

from cohorts.views import meetings, people

app_name = "cohorts"
urlpatterns = [
    path("s/<slug:session_slug>/people/", people.people_list, name="people-list"),
    path("s/<slug:session_slug>/people/invitations/", people.invitation_send, name="invitation-send"),
    path("s/<slug:session_slug>/meetings/", meetings.meeting_list, name="meeting-list"),
    path("s/<slug:session_slug>/meetings/new/", meetings.meeting_add, name="meeting-add"),
    path("s/<slug:session_slug>/meetings/<int:pk>/", meetings.meeting_change, name="meeting-change"),
    path("s/<slug:session_slug>/meetings/<int:pk>/cancel/", meetings.meeting_cancel, name="meeting-cancel"),
]
