"""Expressions written as SQL, for what every page asks: Django takes many times as long to put the same together from
querysets as the database takes to answer it."""

import re
from typing import Any, ClassVar

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import F, Func, Value
from django.db.models.expressions import Combinable
from django.db.models.sql.compiler import SQLCompiler

PART = re.compile(r"\{(\w+)\}")


class Written(Func):
    """One SQL expression over named parts, each a column or value of the query around it.

    A subclass gives `output_field`, `names` and a `template` in which each name stands in braces. Parts are given in
    the order of the names: an expression as it is, a text as the name of a field, anything else as a value.
    """

    output_field: ClassVar[Any]
    names: ClassVar[tuple[str, ...]]

    def __init__(self, *parts: Any) -> None:
        super().__init__(*(part if isinstance(part, Combinable) else as_expression(part) for part in parts))

    def as_sql(  # type: ignore[override]
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **_: Any
    ) -> tuple[str, list[Any]]:
        """Put the parts into the text wherever they are named."""
        compiled = (compiler.compile(expression) for expression in self.source_expressions)
        parts = dict(zip(self.names, compiled, strict=True))
        params: list[Any] = []

        def put(name: re.Match[str]) -> str:
            sql, values = parts[name[1]]
            params.extend(values)
            return sql

        return f"({PART.sub(put, self.template)})", params


def as_expression(part: Any) -> F | Value:
    """The field of that name, or that value."""
    return F(part) if isinstance(part, str) else Value(part)
