from datetime import UTC, datetime

MONDAY = datetime(2027, 3, 8, 14, 0, tzinfo=UTC)
