"""What a writer said about being quoted is never changed or deleted: a change of mind is another row."""

from django.db import migrations

FREEZE = """
CREATE FUNCTION assignments_quoting_choice_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a choice about being quoted is never changed' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER quoting_choice_is_kept BEFORE UPDATE OR DELETE ON assignments_quotingchoice
    FOR EACH ROW EXECUTE FUNCTION assignments_quoting_choice_is_kept();
"""
THAW = """
DROP TRIGGER quoting_choice_is_kept ON assignments_quotingchoice;
DROP FUNCTION assignments_quoting_choice_is_kept();
"""


class Migration(migrations.Migration):
    dependencies = [("assignments", "0016_said_beside_the_text")]

    operations = [migrations.RunSQL(FREEZE, THAW)]
