"""What was handed in, and by when it was due, is never changed or deleted, and a rubric's level belongs to its criterion."""

from django.db import migrations

FREEZE = """
CREATE FUNCTION assignments_submission_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'a submission is never deleted' USING ERRCODE = 'restrict_violation';
    END IF;
    -- The one thing that happens to a submission: a newer attempt takes its place, once.
    IF (to_jsonb(NEW) - 'superseded_at') <> (to_jsonb(OLD) - 'superseded_at') OR OLD.superseded_at IS NOT NULL THEN
        RAISE EXCEPTION 'a submission is never changed' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER submission_is_kept BEFORE UPDATE OR DELETE ON assignments_submission
    FOR EACH ROW EXECUTE FUNCTION assignments_submission_is_kept();

CREATE FUNCTION assignments_author_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the authors of a submission and their deadlines are never changed'
        USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER author_is_kept BEFORE UPDATE OR DELETE ON assignments_submissionauthor
    FOR EACH ROW EXECUTE FUNCTION assignments_author_is_kept();
"""
THAW = """
DROP TRIGGER author_is_kept ON assignments_submissionauthor;
DROP FUNCTION assignments_author_is_kept();
DROP TRIGGER submission_is_kept ON assignments_submission;
DROP FUNCTION assignments_submission_is_kept();
"""
LEVEL = """
ALTER TABLE assignments_feedbacklevel ADD CONSTRAINT feedback_level_of_its_criterion
    FOREIGN KEY (level_id, criterion_id) REFERENCES assignments_level (id, criterion_id)
    DEFERRABLE INITIALLY DEFERRED
"""


class Migration(migrations.Migration):
    dependencies = [("assignments", "0001_initial")]

    operations = [
        migrations.RunSQL(FREEZE, THAW),
        migrations.RunSQL(
            LEVEL, "ALTER TABLE assignments_feedbacklevel DROP CONSTRAINT feedback_level_of_its_criterion"
        ),
    ]
