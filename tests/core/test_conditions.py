"""What is dear to ask is asked last."""

import pytest
from django.db.models import F, FloatField, Q, Value
from django.db.models.functions import Cast

from cohorts.models import Section
from core.conditions import asked_after
from tests import cast


@pytest.mark.django_db
def test_the_second_question_is_asked_only_where_the_first_holds(loa):
    """For the section at place 1 the second cannot even be asked."""
    for place in range(4):
        cast.make_section(loa, name=f"Section {place}", position=place)
    sections = Section.objects.annotate(part=Value(6.0) / (Cast("position", FloatField()) - Value(1.0)))

    found = sections.filter(asked_after(~Q(position=1), Q(part__gt=4)))

    assert [section.position for section in found] == [2]
    assert not sections.filter(asked_after(Q(position=F("capacity")), Q(part__gt=4))).exists()
