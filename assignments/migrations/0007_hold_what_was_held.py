"""What was finished and not released before answers went out by themselves was held by its author."""

from django.db import migrations

HOLD = """
    UPDATE assignments_feedback SET held_by_id = author_id, held_at = saved_at
     WHERE status = 'held' AND held_by_id IS NULL
"""


class Migration(migrations.Migration):
    dependencies = [("assignments", "0006_feedback_by_a_promised_day")]
    operations = [migrations.RunSQL(HOLD, migrations.RunSQL.noop)]
