"""Vision, titles and goals in each language of the portal: one kind of column instead of three."""

import roadmap.fields
from django.db import migrations


def gather(apps, _editor):
    for strategy in apps.get_model("roadmap", "Strategy").objects.all():
        old = {"fi": strategy.vision_fi, "sv": strategy.vision_sv, "en": strategy.vision_en}
        strategy.vision = roadmap.fields.Words(old)
        strategy.save(update_fields=["vision"])
    for phase in apps.get_model("roadmap", "Phase").objects.all():
        phase.title = roadmap.fields.Words(fi=phase.title_fi)
        phase.goals = roadmap.fields.Words(fi="\n".join(phase.goals_fi))
        phase.save(update_fields=["title", "goals"])


def scatter(apps, _editor):
    for strategy in apps.get_model("roadmap", "Strategy").objects.all():
        for code in ("fi", "sv", "en"):
            setattr(strategy, f"vision_{code}", strategy.vision.get(code, ""))
        strategy.save()
    for phase in apps.get_model("roadmap", "Phase").objects.all():
        phase.title_fi = phase.title.get("fi", "")
        phase.goals_fi = phase.goals.get("fi", "").splitlines()
        phase.save()


class Migration(migrations.Migration):
    dependencies = [("roadmap", "0006_action_words")]

    operations = [
        migrations.RenameField("strategy", "vision", "vision_fi"),
        migrations.RenameField("phase", "title", "title_fi"),
        migrations.RenameField("phase", "goals", "goals_fi"),
        migrations.AddField("strategy", "vision", roadmap.fields.WordsField()),
        migrations.AddField("phase", "title", roadmap.fields.WordsField()),
        migrations.AddField("phase", "goals", roadmap.fields.WordsField()),
        migrations.RunPython(gather, scatter),
        migrations.RemoveField("strategy", "vision_fi"),
        migrations.RemoveField("strategy", "vision_sv"),
        migrations.RemoveField("strategy", "vision_en"),
        migrations.RemoveField("phase", "title_fi"),
        migrations.RemoveField("phase", "goals_fi"),
    ]
