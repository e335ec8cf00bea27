"""Connected tools, their streams, and the ledger of their runs."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

from palier.database.isolation import EnableCompanyIsolation

TABLES = (
    "hub_connector",
    "hub_connector_stream",
    "hub_connector_seen",
    "hub_connector_run",
    "hub_connector_file",
)


class Migration(migrations.Migration):

    dependencies = [
        ('hub', '0007_matching'),
    ]

    operations = [
        migrations.CreateModel(
            name='ConnectorSeen',
            fields=[
                ('company_id', models.BigIntegerField()),
                ('pk', models.CompositePrimaryKey('stream_id', 'identifier', blank=True, editable=False, primary_key=True, serialize=False)),
                ('stream_id', models.BigIntegerField()),
                ('identifier', models.TextField()),
            ],
            options={
                'db_table': 'hub_connector_seen',
            },
        ),
        migrations.CreateModel(
            name='Connector',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('company_id', models.BigIntegerField()),
                ('tool', models.TextField()),
                ('label', models.TextField()),
                ('kind', models.TextField(choices=[('api', 'api'), ('database', 'database'), ('folder', 'folder'), ('sftp', 'sftp')])),
                ('manifest', models.JSONField(null=True)),
                ('settings', models.JSONField(default=dict)),
                ('secrets', models.TextField(null=True)),
                ('token', models.TextField(null=True)),
                ('token_until', models.DateTimeField(null=True)),
                ('every_minutes', models.IntegerField(db_default=60)),
                ('state', models.TextField(choices=[('new', 'new'), ('ok', 'ok'), ('to_check', 'to_check'), ('reconnect', 'reconnect'), ('failing', 'failing')], db_default='new')),
                ('failure', models.JSONField(null=True)),
                ('failures', models.IntegerField(db_default=0)),
                ('person_id', models.BigIntegerField(null=True)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('started_at', models.DateTimeField(null=True)),
                ('paused_at', models.DateTimeField(null=True)),
                ('disconnected_at', models.DateTimeField(null=True)),
                ('last_run_at', models.DateTimeField(null=True)),
                ('fresh_at', models.DateTimeField(null=True)),
                ('full_at', models.DateTimeField(null=True)),
                ('next_at', models.DateTimeField(null=True)),
            ],
            options={
                'db_table': 'hub_connector',
                'constraints': [models.UniqueConstraint(condition=models.Q(('disconnected_at__isnull', True)), fields=('company_id', 'tool'), name='connector_once'), models.CheckConstraint(condition=models.Q(('every_minutes__gte', 1)), name='connector_every_minute_at_most')],
            },
        ),
        migrations.CreateModel(
            name='ConnectorFile',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('company_id', models.BigIntegerField()),
                ('digest', models.TextField()),
                ('name', models.TextField()),
                ('size', models.BigIntegerField()),
                ('batch_id', models.BigIntegerField(null=True)),
                ('taken_at', models.DateTimeField()),
                ('connector', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='files', to='hub.connector')),
            ],
            options={
                'db_table': 'hub_connector_file',
                'constraints': [models.UniqueConstraint(fields=('connector', 'digest'), name='connector_file_once')],
            },
        ),
        migrations.CreateModel(
            name='ConnectorRun',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('company_id', models.BigIntegerField()),
                ('kind', models.TextField(choices=[('increment', 'increment'), ('full', 'full'), ('push', 'push')])),
                ('status', models.TextField(choices=[('running', 'running'), ('done', 'done'), ('to_check', 'to_check'), ('failed', 'failed'), ('interrupted', 'interrupted'), ('undone', 'undone')], db_default='running')),
                ('person_id', models.BigIntegerField(null=True)),
                ('batch_id', models.BigIntegerField(null=True)),
                ('started_at', models.DateTimeField()),
                ('finished_at', models.DateTimeField(null=True)),
                ('requests', models.IntegerField(db_default=0)),
                ('pages', models.IntegerField(db_default=0)),
                ('received', models.BigIntegerField(db_default=0)),
                ('created', models.BigIntegerField(db_default=0)),
                ('updated', models.BigIntegerField(db_default=0)),
                ('unchanged', models.BigIntegerField(db_default=0)),
                ('rejected', models.BigIntegerField(db_default=0)),
                ('deleted', models.BigIntegerField(db_default=0)),
                ('unsynced_since', models.DateTimeField(null=True)),
                ('streams', models.JSONField(default=dict)),
                ('rejects', models.JSONField(default=list)),
                ('notices', models.JSONField(default=list)),
                ('log', models.JSONField(default=list)),
                ('failure', models.JSONField(null=True)),
                ('connector', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='runs', to='hub.connector')),
            ],
            options={
                'db_table': 'hub_connector_run',
                'indexes': [models.Index(fields=['connector', '-id'], name='connector_run_recent')],
            },
        ),
        migrations.CreateModel(
            name='ConnectorStream',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('company_id', models.BigIntegerField()),
                ('name', models.TextField()),
                ('state', models.JSONField(default=dict)),
                ('saved_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('connector', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='streams', to='hub.connector')),
            ],
            options={
                'db_table': 'hub_connector_stream',
                'constraints': [models.UniqueConstraint(fields=('connector', 'name'), name='connector_stream_once')],
            },
        ),
        *(EnableCompanyIsolation(table) for table in TABLES),
    ]
