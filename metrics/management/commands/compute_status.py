from django.core.management.base import BaseCommand, CommandError

from metrics.kpis import computing
from metrics.snapshots import compute
from metrics.status import lit_quarters
from roadmap.models import QuarterState
from roadmap.quarters import Quarter
from roadmap.strategies import choose


class Command(BaseCommand):
    help = (
        "Compute the lights and the KPIs now, in this process. Closed quarters are frozen and stay."
    )

    def add_arguments(self, parser):
        parser.add_argument("--strategy", metavar="SLUG", help="the only one there is, if left out")
        parser.add_argument("--quarter", metavar="Q", help="say how this quarter stands, 2022Q3")

    def handle(self, **options):
        strategy = choose(options["strategy"])
        quarter = options["quarter"] and parse_quarter(options["quarter"])
        lit = lit_quarters(strategy)
        if quarter and quarter not in lit:
            raise CommandError(
                f"{quarter} has no lights: it is no quarter of the strategy, or later than the "
                "open one."
            )
        if quarter and lit[quarter] == QuarterState.CLOSED:
            raise CommandError(f"{quarter} is closed: its lights are frozen and were not computed.")
        compute(strategy.pk, anew=True)
        for group in strategy.kpi_groups.all():
            computing.compute(group.pk, anew=True)
        done = [str(q) for q, state in lit.items() if state != QuarterState.CLOSED]
        self.stdout.write(f"{strategy.slug}: computed {', '.join(done) or 'nothing'}")


def parse_quarter(text: str) -> Quarter:
    try:
        return Quarter.parse(text)
    except ValueError as error:
        raise CommandError(f"{text}: not a quarter, write 2022Q3") from error
