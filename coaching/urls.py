from django.urls import path

from coaching import views

app_name = "coaching"
urlpatterns = [
    path("s/<slug:session_slug>/coaching/", views.slot_list, name="slot-list"),
    path("s/<slug:session_slug>/coaching/offer/", views.slot_offer, name="slot-offer"),
    path("s/<slug:session_slug>/coaching/<int:pk>/book/", views.slot_book, name="slot-book"),
    path("s/<slug:session_slug>/coaching/<int:pk>/withdraw/", views.slot_withdraw, name="slot-withdraw"),
    path("s/<slug:session_slug>/coaching/<int:pk>/cancel/", views.booking_cancel, name="booking-cancel"),
]
