"""A section belongs to the session of its announcement, and what is set to go out never changes while it is."""

from django.db import migrations

SECTION = """
ALTER TABLE announcements_announcement ADD CONSTRAINT announcement_section_in_session
    FOREIGN KEY (section_id, session_id) REFERENCES cohorts_section (id, session_id)
    DEFERRABLE INITIALLY DEFERRED
"""
KEPT = """
CREATE FUNCTION announcements_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- Before its time it may become a draft again, or be called off; its words and its time stay as confirmed.
    IF NEW.status = 'ready' AND to_jsonb(NEW) <> to_jsonb(OLD) THEN
        RAISE EXCEPTION 'what goes out is never changed' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER announcement_is_kept BEFORE UPDATE ON announcements_announcement
    FOR EACH ROW WHEN (OLD.status = 'ready') EXECUTE FUNCTION announcements_is_kept();
"""


class Migration(migrations.Migration):
    dependencies = [("announcements", "0001_initial"), ("cohorts", "0002_section_of_the_same_session")]

    operations = [
        migrations.RunSQL(
            SECTION, "ALTER TABLE announcements_announcement DROP CONSTRAINT announcement_section_in_session"
        ),
        migrations.RunSQL(
            KEPT,
            "DROP TRIGGER announcement_is_kept ON announcements_announcement; DROP FUNCTION announcements_is_kept();",
        ),
    ]
