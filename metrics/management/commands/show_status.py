import json
from collections import defaultdict

from django.core.management.base import BaseCommand, CommandError

from metrics.management.commands.compute_status import parse_quarter
from metrics.models import ActionStatus, Coverage, GroupKind, GroupStatus
from metrics.snapshots import is_behind
from roadmap.models import Strategy
from roadmap.strategies import choose


class Command(BaseCommand):
    help = "Show the computed lights: overall, by phase and by action."

    def add_arguments(self, parser):
        parser.add_argument("--strategy", metavar="SLUG", help="the only one there is, if left out")
        parser.add_argument("--quarter", metavar="Q", help="only this quarter, 2022Q3")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, **options):
        strategy = choose(options["strategy"])
        quarter = options["quarter"] and parse_quarter(options["quarter"])
        status = status_of(strategy, quarter)
        if quarter and not status["quarters"]:
            raise CommandError(f"{quarter} has no lights.")
        if is_behind(strategy):
            self.stderr.write("The figures are behind newer data: run compute_status.")
        if options["json"]:
            self.stdout.write(json.dumps(status, ensure_ascii=False, indent=1))
            return
        if not status["quarters"]:
            self.stdout.write("There are no lights yet.")
        for name, shown in status["quarters"].items():
            self.stdout.write(f"{name} ({shown['state']})")
            self._line("overall", shown["overall"])
            for year, group in shown["phases"].items():
                self._line(year, group)
            if quarter:
                for code, action in shown["actions"].items():
                    reported = "reported" if action["reported"] else ""
                    self.stdout.write(
                        f"    {code:<12} {_percent(action):>6} {action['light']:<6} {reported}"
                    )

    def _line(self, name, group):
        counts = " ".join(f"{light} {count}" for light, count in group["counts"].items())
        self.stdout.write(
            f"  {name:<8} {_percent(group):>6} {group['light']:<6} "
            f"{group['reported']}/{group['due']} reported, {counts}"
        )


def _percent(shown) -> str:
    return "–" if shown["percent"] is None else f"{shown['percent']} %"


def status_of(strategy: Strategy, quarter=None) -> dict:
    """The computed figures as one object, as DOMAIN describes `show_status --json`."""
    only = {"quarter": quarter} if quarter else {}
    years = dict(strategy.phases.values_list("pk", "year"))
    states = dict(strategy.quarters.values_list("quarter", "state"))
    groups = defaultdict(dict)
    kinds = [GroupKind.OVERALL, GroupKind.PHASE]
    for row in GroupStatus.objects.filter(strategy=strategy, kind__in=kinds, **only):
        groups[row.quarter][years.get(row.group_id)] = row
    actions = defaultdict(dict)
    rows = ActionStatus.objects.filter(strategy=strategy, **only)
    for code, at, percent, light, coverage in rows.order_by("action__code").values_list(
        "action__code", "quarter", "percent", "light", "coverage"
    ):
        reported = coverage == Coverage.REPORTED
        actions[at][code] = {"percent": percent, "light": light, "reported": reported}
    return {
        "strategy": strategy.slug,
        "quarters": {
            str(at): {
                "state": states[at],
                "computed_at": groups[at][None].computed_at.isoformat(),
                "overall": _group(groups[at][None]),
                "phases": {
                    str(year): _group(groups[at][year])
                    for year in sorted(years.values())
                    if year in groups[at]
                },
                "actions": actions[at],
            }
            for at in sorted(groups)
        },
    }


def _group(row: GroupStatus) -> dict:
    return {
        "percent": row.percent,
        "light": row.light,
        "counts": row.counts,
        "reported": row.reported,
        "due": row.due,
    }
