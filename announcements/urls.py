from django.urls import path

from announcements import views

app_name = "announcements"
HERE = "s/<slug:session_slug>/announcements/"

urlpatterns = [
    path(HERE, views.announcement_list, name="announcement-list"),
    path(f"{HERE}write/", views.announcement_add, name="announcement-add"),
    path(f"{HERE}<int:pk>/", views.announcement_detail, name="announcement-detail"),
    path(f"{HERE}<int:pk>/change/", views.announcement_change, name="announcement-change"),
    path(f"{HERE}<int:pk>/preview/", views.announcement_preview, name="announcement-preview"),
    path(f"{HERE}<int:pk>/call-off/", views.announcement_call_off, name="announcement-call-off"),
]
