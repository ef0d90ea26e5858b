from django.urls import path

from assignments.views import (
    arcs,
    desk_answers,
    desk_bundles,
    desk_calibration,
    desk_cover,
    desk_files,
    desk_hand_in,
    desk_lists,
    desk_papers,
    desk_queues,
    desk_requests,
    desk_time,
)

DESK = "s/<slug:session_slug>/desk/"
PAPER = f"{DESK}papers/<int:pk>/"
PEER = f"{DESK}peers/<int:pk>/"

urlpatterns = [
    path(DESK, desk_queues.queue, name="desk-queue"),
    path(f"{DESK}next/", desk_queues.next_paper, name="desk-next"),
    path(f"{DESK}chair/", desk_lists.chair_list, name="desk-chair"),
    path(f"{DESK}comments/", desk_lists.bank, name="desk-bank"),
    path(f"{DESK}people/<int:pk>/", arcs.person, name="desk-person"),
    path(f"{DESK}all/", desk_queues.all_queues, name="desk-all"),
    path(f"{DESK}first-look/", desk_queues.first_look, name="desk-first-look"),
    path(f"{DESK}release/", desk_queues.held_release, name="desk-release"),
    path(f"{DESK}papers/", desk_queues.papers, name="desk-papers"),
    path(f"{DESK}calibration/", desk_calibration.calibration_list, name="desk-calibrations"),
    path(f"{DESK}calibration/add/", desk_calibration.calibration_add, name="desk-calibration-add"),
    path(f"{DESK}calibration/<int:pk>/", desk_calibration.calibration_read, name="desk-calibration"),
    path(f"{DESK}calibration/<int:pk>/open/", desk_calibration.calibration_open, name="desk-calibration-open"),
    path(f"{DESK}zip/", desk_bundles.bundle_ask, name="desk-bundles"),
    path(f"{DESK}zip/<int:pk>/", desk_bundles.bundle_fetch, name="desk-bundle"),
    path(f"{DESK}cover/", desk_cover.cover_arrange, name="desk-cover"),
    path(f"{DESK}cover/<int:pk>/end/", desk_cover.cover_end, name="desk-cover-end"),
    path(f"{DESK}time/", desk_time.time_grant, name="desk-time"),
    path(f"{DESK}hand-in/", desk_hand_in.paper_enter, name="desk-hand-in"),
    path(f"{DESK}time/asked/<int:pk>/", desk_requests.question, name="desk-request"),
    path(f"{DESK}time/arrangements/add/", desk_requests.arrangement_add, name="desk-arrangement-add"),
    path(f"{DESK}time/arrangements/<int:pk>/revoke/", desk_requests.arrangement_revoke, name="desk-arrangement-revoke"),
    path(f"{DESK}time/<uuid:grant>/revoke/", desk_time.grant_revoke, name="desk-time-revoke"),
    path(PAPER, desk_papers.paper, name="desk-paper"),
    path(f"{PAPER}files/<int:position>/", desk_files.paper_file, name="desk-file"),
    path(f"{PAPER}files/<int:position>/shown/", desk_files.paper_file_shown, name="desk-file-shown"),
    path(f"{PAPER}answer/", desk_answers.answer, name="desk-answer"),
    path(f"{PAPER}here/", desk_papers.paper_here, name="desk-here"),
    path(f"{PAPER}open/", desk_papers.paper_open, name="desk-open"),
    path(f"{PAPER}reader/", desk_queues.reader_assign, name="desk-reader"),
    path(f"{DESK}peers/", desk_queues.peer_queue, name="desk-peer-queue"),
    path(PEER, desk_papers.peer_paper, name="desk-peer-paper"),
    path(f"{PEER}files/<int:position>/", desk_files.peer_paper_file, name="desk-peer-file"),
    path(f"{PEER}files/<int:position>/shown/", desk_files.peer_paper_file_shown, name="desk-peer-file-shown"),
    path(f"{PEER}answer/", desk_answers.peer_answer, name="desk-peer-answer"),
]
