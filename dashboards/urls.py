from django.urls import path

from dashboards import health, profile
from dashboards.home import home

app_name = "dashboards"

urlpatterns = [
    path("", home, name="home"),
    path("profile/", profile.profile_edit, name="profile-edit"),
    path("first-steps/", profile.first_steps, name="first-steps"),
    path("profile/zone/", profile.zone_answer, name="zone-answer"),
    path("profile/zone/question/", profile.zone_question, name="zone-question"),
    path("health/", health.health_page, name="health-view"),
]
