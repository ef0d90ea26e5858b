"""The files of what was handed in are never changed or deleted."""

from django.db import migrations

FREEZE = """
CREATE FUNCTION assignments_submission_file_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the files of a submission are never changed' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER submission_file_is_kept BEFORE UPDATE OR DELETE ON assignments_submissionfile
    FOR EACH ROW EXECUTE FUNCTION assignments_submission_file_is_kept();
"""
THAW = """
DROP TRIGGER submission_file_is_kept ON assignments_submissionfile;
DROP FUNCTION assignments_submission_file_is_kept();
"""


class Migration(migrations.Migration):
    dependencies = [("assignments", "0004_files_as_work")]

    operations = [migrations.RunSQL(FREEZE, THAW)]
