from django.urls import path

from dashboards import curriculum, health, mails, openings, profile
from dashboards.calendar import views as calendar
from dashboards.home import home, place_accept
from dashboards.week import week

app_name = "dashboards"

urlpatterns = [
    path("", home, name="home"),
    path("places/<int:pk>/take/", place_accept, name="place-accept"),
    path("profile/", profile.profile_edit, name="profile-edit"),
    path("first-steps/", profile.first_steps, name="first-steps"),
    path("profile/mails/", mails.mail_choices, name="mail-choices"),
    path("profile/mails/works/", mails.address_works, name="address-works"),
    path("profile/zone/", profile.zone_answer, name="zone-answer"),
    path("profile/zone/question/", profile.zone_question, name="zone-question"),
    path("calendar/", calendar.calendar_page, name="calendar"),
    path("calendar/once.ics", calendar.download, name="calendar-download"),
    path("calendar/renew/", calendar.address_renew, name="calendar-renew"),
    path("calendar/<str:token>.ics", calendar.feed, name="calendar-feed"),
    path("s/<slug:session_slug>/", week, name="week"),
    path("s/<slug:session_slug>/modules/", curriculum.module_list, name="module-list"),
    path("s/<slug:session_slug>/modules/<slug:module_key>/", curriculum.module_detail, name="module-detail"),
    path("s/<slug:session_slug>/openings/<slug:module_key>/", openings.opening_add, name="opening-add"),
    path("s/<slug:session_slug>/readiness/<slug:module_key>/", openings.readiness_set, name="readiness-set"),
    path("s/<slug:session_slug>/done/<slug:module_key>/", curriculum.item_done, name="item-done"),
    path(
        "s/<slug:session_slug>/modules/<slug:module_key>/<slug:item_key>/", curriculum.item_detail, name="item-detail"
    ),
    path("health/", health.health_page, name="health-view"),
    path("health/mails/pause/", health.mails_pause, name="mails-pause"),
    path("health/mails/resume/", health.mails_resume, name="mails-resume"),
    path("health/mails/after-restore/", health.mails_confirm, name="mails-confirm"),
]
