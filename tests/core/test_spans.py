from datetime import timedelta

import pytest

from core.spans import say_span


@pytest.mark.parametrize(
    ("span", "words"),
    [
        ({"seconds": 59}, "under a minute"),
        ({"minutes": 1}, "1 minute"),
        ({"hours": 3}, "3 hours"),
        ({"hours": 3, "minutes": 20, "seconds": 59}, "3 hours 20 minutes"),
        ({"hours": 48}, "48 hours"),
        ({"days": 2, "hours": 5, "minutes": 30}, "2 days 5 hours"),
        ({"days": 7}, "7 days"),
    ],
)
def test_a_span_is_said_in_its_two_largest_units(span, words):
    assert say_span(timedelta(**span)) == words
