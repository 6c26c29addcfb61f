"""Summaries of groups say how these stand until the next one: `KpiGroupStatus`."""

from django.db import migrations, models
from django.db.models import F


def keep_until_computed(apps, schema_editor):
    """Until a worker has computed the groups anew, their months are those that they had."""
    apps.get_model("metrics", "KpiGroupStatus").objects.update(ending=F("measured"))
    apps.get_model("metrics", "KpiGroup").objects.update(revision=F("revision") + 1)


class Migration(migrations.Migration):
    dependencies = [
        ("metrics", "0005_measurement_imports"),
    ]

    operations = [
        migrations.AddField(
            model_name="kpigroupstatus",
            name="ending",
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.RunPython(keep_until_computed, migrations.RunPython.noop),
    ]
