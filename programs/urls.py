from django.urls import path

from programs import views

app_name = "programs"
urlpatterns = [
    path("programs/", views.catalogue, name="catalogue"),
    path("programs/<slug:slug>/", views.program_page, name="program-page"),
]
