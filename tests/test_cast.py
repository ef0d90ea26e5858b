from datetime import UTC, datetime

from accounts.roles import Role
from cohorts.access import roles_of
from tests.cast import WEEK_3


def test_each_of_the_cast_holds_their_role(
    loa, participant_in_kolkata, fellow, head_fellow, director, outsider, operator, paper
):
    assert roles_of(participant_in_kolkata.user, loa, WEEK_3) == {Role.PARTICIPANT}
    assert roles_of(fellow, loa, WEEK_3) == {Role.TEACHING_FELLOW}
    assert roles_of(head_fellow, loa, WEEK_3) == {Role.HEAD_TEACHING_FELLOW}
    assert roles_of(director, loa, WEEK_3) == {Role.DIRECTOR}
    assert roles_of(operator, loa, WEEK_3) == {Role.OPERATOR}
    assert roles_of(outsider.user, loa, WEEK_3) == frozenset()
    assert paper.due_at == datetime(2027, 2, 22, 4, 59, tzinfo=UTC)
