"""A participant's section, and a meeting's, belongs to the same session: foreign keys of two columns."""

from django.db import migrations

ADD = """
ALTER TABLE {table} ADD CONSTRAINT {table}_section_in_session
    FOREIGN KEY (section_id, session_id) REFERENCES cohorts_section (id, session_id)
    DEFERRABLE INITIALLY DEFERRED
"""


class Migration(migrations.Migration):
    dependencies = [("cohorts", "0001_initial")]

    operations = [
        migrations.RunSQL(
            ADD.format(table=table), f"ALTER TABLE {table} DROP CONSTRAINT {table}_section_in_session"
        )
        for table in ("cohorts_enrollment", "cohorts_meeting")
    ]
