from django.core.management.base import BaseCommand, CommandError

from roadmap.strategies import choose
from roadmap.workbook.writing import write


class Command(BaseCommand):
    help = "Write a strategy's roadmap as the workbook that import_roadmap reads, without loss."

    def add_arguments(self, parser):
        parser.add_argument("file", help="where to write, .xlsx")
        parser.add_argument("--strategy", metavar="SLUG", help="the only one there is, if left out")

    def handle(self, file, **options):
        strategy = choose(options["strategy"])
        try:
            count = write(strategy, file)
        except OSError as error:
            raise CommandError(f"{file}: {error.strerror}") from error
        self.stdout.write(f"{file}: {count} actions")
