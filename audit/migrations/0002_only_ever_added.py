from django.db import migrations

REFUSE = """
CREATE FUNCTION audit_entry_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'TRUNCATE' AND current_setting('audit.may_be_emptied', true) = 'on' THEN
        RETURN NULL;
    END IF;
    RAISE EXCEPTION 'The record is only ever added to: % is refused.', TG_OP
        USING ERRCODE = 'restrict_violation';
END
$$;
CREATE TRIGGER audit_entry_rows_stay BEFORE UPDATE OR DELETE ON audit_entry
    FOR EACH ROW EXECUTE FUNCTION audit_entry_refuse_change();
CREATE TRIGGER audit_entry_table_stays BEFORE TRUNCATE ON audit_entry
    FOR EACH STATEMENT EXECUTE FUNCTION audit_entry_refuse_change();
"""

ALLOW = """
DROP TRIGGER audit_entry_rows_stay ON audit_entry;
DROP TRIGGER audit_entry_table_stays ON audit_entry;
DROP FUNCTION audit_entry_refuse_change();
"""


class Migration(migrations.Migration):
    """Nobody changes or removes what was recorded; see docs/decisions/the-record-is-only-added-to.md."""

    dependencies = [("audit", "0001_initial")]

    operations = [migrations.RunSQL(REFUSE, ALLOW)]
