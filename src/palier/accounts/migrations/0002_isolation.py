"""What the ORM cannot say: units of one company only, and who may see each row.

Each table has the common policy (the current company, to read and to write) and, where somebody
must see a row before a company is chosen, one more policy that only reads.
"""

from django.db import migrations

from palier.database.isolation import (
    CURRENT_COMPANY,
    CURRENT_INVITATION,
    CURRENT_PERSON,
    IN_DIRECTORY,
    EnableCompanyIsolation,
)


def policy(name, table, command, rule):
    clause = "WITH CHECK" if command == "INSERT" else "USING"
    return migrations.RunSQL(
        f"CREATE POLICY {name} ON {table} FOR {command} {clause} ({rule})",
        f"DROP POLICY {name} ON {table}",
    )


def foreign_key(name, table, columns, target, target_columns):
    return migrations.RunSQL(
        f"ALTER TABLE {table} ADD CONSTRAINT {name} FOREIGN KEY ({columns}) "
        f"REFERENCES {target} ({target_columns}) DEFERRABLE INITIALLY DEFERRED",
        f"ALTER TABLE {table} DROP CONSTRAINT {name}",
    )


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial")]
    operations = [
        foreign_key(
            "org_unit_parent_of_kind", "accounts_org_unit", "company_id, parent_id, parent_kind",
            "accounts_org_unit", "company_id, id, kind",
        ),
        foreign_key(
            "membership_unit_in_company", "accounts_membership", "company_id, org_unit_id",
            "accounts_org_unit", "company_id, id",
        ),
        foreign_key(
            "invitation_unit_in_company", "accounts_invitation", "company_id, org_unit_id",
            "accounts_org_unit", "company_id, id",
        ),
        EnableCompanyIsolation("accounts_membership"),
        policy("own_memberships", "accounts_membership", "SELECT", f"person_id = {CURRENT_PERSON}"),
        EnableCompanyIsolation("accounts_org_unit"),
        EnableCompanyIsolation("accounts_invitation"),
        policy("own_invitation", "accounts_invitation", "SELECT", f"token_digest = {CURRENT_INVITATION}"),
        EnableCompanyIsolation("accounts_company", column="id"),
        policy("directory", "accounts_company", "SELECT", IN_DIRECTORY),
        policy("founding", "accounts_company", "INSERT", IN_DIRECTORY),
        policy(
            "own_companies", "accounts_company", "SELECT",
            "id IN (SELECT company_id FROM accounts_membership "
            f"WHERE person_id = {CURRENT_PERSON} AND ended_at IS NULL)",
        ),
        policy(
            "inviting_company", "accounts_company", "SELECT",
            f"id IN (SELECT company_id FROM accounts_invitation WHERE token_digest = {CURRENT_INVITATION})",
        ),
    ]
