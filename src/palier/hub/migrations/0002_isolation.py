"""Bind every table of the hub to its company."""

from django.db import migrations

from palier.database.isolation import EnableCompanyIsolation

TABLES = (
    "hub_feed",
    "hub_record_key",
    "hub_lookup_key",
    "hub_key_kind",
    "hub_change",
    "hub_change_set",
    "hub_contact",
    "hub_customer",
    "hub_deal",
    "hub_deal_event",
    "hub_event",
    "hub_field_pin",
    "hub_field_rule",
    "hub_import_batch",
    "hub_import_file",
    "hub_import_mapping",
    "hub_invoice",
    "hub_invoice_line",
    "hub_link_event",
    "hub_marketing_spend",
    "hub_match_proposal",
    "hub_never_match",
    "hub_payment",
    "hub_pending_reference",
    "hub_product",
    "hub_recurring_line",
    "hub_redirect",
    "hub_source",
    "hub_source_record",
    "hub_source_record_version",
    "hub_subscription",
    "hub_tombstone",
    "hub_source_object",
)


class Migration(migrations.Migration):
    dependencies = [("hub", "0001_initial")]
    operations = [EnableCompanyIsolation(table) for table in TABLES]
