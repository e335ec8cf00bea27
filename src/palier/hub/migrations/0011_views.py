import django.db.models.functions.datetime
from django.db import migrations, models

import palier.hub.models.base
from palier.database.isolation import EnableCompanyIsolation


class Migration(migrations.Migration):

    dependencies = [
        ('hub', '0010_ownership'),
    ]

    operations = [
        migrations.CreateModel(
            name='BulkEdit',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('company_id', models.BigIntegerField()),
                ('entity', models.TextField()),
                ('field', models.TextField()),
                ('value', models.JSONField(null=True)),
                ('person_id', models.BigIntegerField()),
                ('at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('undone_at', models.DateTimeField(null=True)),
                ('undone_by', models.BigIntegerField(null=True)),
            ],
            options={
                'db_table': 'hub_bulk_edit',
                'constraints': [models.CheckConstraint(condition=models.Q(('undone_at__isnull', True), ('undone_by__isnull', False), _connector='XOR'), name='bulk_edit_undone_by')],
            },
        ),
        migrations.CreateModel(
            name='BulkEditRow',
            fields=[
                ('company_id', models.BigIntegerField()),
                ('pk', models.CompositePrimaryKey('edit_id', 'entity_id', blank=True, editable=False, primary_key=True, serialize=False)),
                ('edit_id', models.BigIntegerField()),
                ('entity_id', models.BigIntegerField()),
                ('value', models.JSONField(null=True)),
                ('person_id', models.BigIntegerField(null=True)),
                ('at', models.DateTimeField(null=True)),
            ],
            options={
                'db_table': 'hub_bulk_edit_row',
            },
        ),
        migrations.CreateModel(
            name='SavedView',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('company_id', models.BigIntegerField()),
                ('person_id', models.BigIntegerField()),
                ('entity', models.TextField()),
                ('name', models.TextField()),
                ('query', models.JSONField()),
                ('shared', models.BooleanField(db_default=False)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                'db_table': 'hub_saved_view',
                'constraints': [models.UniqueConstraint(condition=models.Q(('shared', True)), fields=('company_id', 'entity', 'name'), name='saved_view_once_shared'), models.UniqueConstraint(condition=models.Q(('shared', False)), fields=('company_id', 'entity', 'person_id', 'name'), name='saved_view_once_own')],
            },
        ),
        migrations.AddField(
            model_name='customer',
            name='name_sort',
            field=models.GeneratedField(db_persist=True, expression=palier.hub.models.base.Folded('name'), output_field=models.TextField(db_collation='C')),
        ),
        migrations.AddIndex(
            model_name='customer',
            index=models.Index(condition=models.Q(('deleted_at__isnull', True)), fields=['company_id', 'name_sort', 'id'], name='customer_by_name'),
        ),
        EnableCompanyIsolation("hub_bulk_edit"),
        EnableCompanyIsolation("hub_bulk_edit_row"),
        EnableCompanyIsolation("hub_saved_view"),
    ]
