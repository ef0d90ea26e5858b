"""In which order a query asks what it wants to know of a row."""

from django.db.models import BooleanField, Case, ExpressionWrapper, Q, Value, When


def asked_after(first: Q, then: Q) -> Case:
    """Both hold; `then` is asked only of rows for which `first` does.

    For a `then` that is dear and a `first` that leaves few rows. Left to itself PostgreSQL joins what does not exist
    last, and asks the dear one of every row before.
    """
    return Case(
        When(first, then=ExpressionWrapper(then, output_field=BooleanField())),
        default=Value(False),
        output_field=BooleanField(),
    )
