import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models
from django.utils.text import slugify


def keep_concepts(apps, schema_editor):
    """The concepts, a list of texts until now, become pages."""
    for strategy in apps.get_model("roadmap", "Strategy").objects.exclude(concepts=[]):
        taken = {"edit", "add", "pages"}
        for position, (title, text) in enumerate(strategy.concepts, start=1):
            slug = slugify(title)[:50]
            if not slug or slug in taken:
                slug = f"concept-{position}"
            taken.add(slug)
            page = strategy.pages.create(slug=slug, part="concept", position=position)
            page.versions.create(language="fi", number=1, title=title[:200], lead=text)


class Migration(migrations.Migration):

    dependencies = [
        ('roadmap', '0004_imports_in_steps'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='strategy',
            name='vision_en',
            field=models.TextField(blank=True, verbose_name='vision in English'),
        ),
        migrations.AddField(
            model_name='strategy',
            name='vision_sv',
            field=models.TextField(blank=True, verbose_name='vision in Swedish'),
        ),
        migrations.CreateModel(
            name='StrategyPage',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('slug', models.SlugField()),
                ('part', models.CharField(choices=[('practice', 'The vision in practice'), ('concept', 'Parts and concepts'), ('background', 'Background')], max_length=10, verbose_name='part')),
                ('place', models.CharField(blank=True, choices=[('', 'no place of its own'), ('actions', 'Actions'), ('lights', 'Lights and KPIs'), ('kpis', 'KPIs'), ('networks', 'Networks')], max_length=8, verbose_name='place in the portal')),
                ('position', models.PositiveIntegerField()),
                ('removed_at', models.DateTimeField(blank=True, null=True)),
                ('strategy', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='pages', to='roadmap.strategy')),
            ],
            options={
                'ordering': ['position'],
            },
        ),
        migrations.CreateModel(
            name='PageVersion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('language', models.CharField(choices=[('fi', 'Suomi'), ('sv', 'Svenska'), ('en', 'English')], max_length=2)),
                ('number', models.PositiveIntegerField()),
                ('title', models.CharField(max_length=200, verbose_name='title')),
                ('lead', models.TextField(blank=True, verbose_name='lead')),
                ('body', models.TextField(blank=True, verbose_name='text')),
                ('at', models.DateTimeField(default=django.utils.timezone.now)),
                ('user', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('page', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='versions', to='roadmap.strategypage')),
            ],
            options={
                'ordering': ['-at', '-pk'],
            },
        ),
        migrations.AddConstraint(
            model_name='strategypage',
            constraint=models.UniqueConstraint(fields=('strategy', 'slug'), name='page_once_a_strategy'),
        ),
        migrations.AddConstraint(
            model_name='strategypage',
            constraint=models.CheckConstraint(condition=models.Q(('part__in', ['practice', 'concept', 'background'])), name='page_part_is_known'),
        ),
        migrations.AddConstraint(
            model_name='strategypage',
            constraint=models.CheckConstraint(condition=models.Q(('place__in', ['', 'actions', 'lights', 'kpis', 'networks'])), name='page_place_is_known'),
        ),
        migrations.AddConstraint(
            model_name='pageversion',
            constraint=models.UniqueConstraint(fields=('page', 'language', 'number'), name='version_once_a_page_and_language'),
        ),
        migrations.RunPython(keep_concepts, migrations.RunPython.noop),
        migrations.RemoveField(
            model_name='strategy',
            name='concepts',
        ),
    ]
