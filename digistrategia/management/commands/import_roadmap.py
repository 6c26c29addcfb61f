import json
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from metrics.snapshots import compute
from roadmap.models import RoadmapImport
from roadmap.strategies import choose
from roadmap.workbook import layout
from roadmap.workbook.applying import ProposalOvertaken
from roadmap.workbook.checking import Proposal
from roadmap.workbook.faults import WorkbookRefused
from roadmap.workbook.intake import bring_in, proposal_for


class Command(BaseCommand):
    help = (
        "Bring a roadmap workbook in: all of it or, where anything in it is at fault, nothing. "
        "Makes the strategy and its phases where the slug is new, and computes the lights."
    )

    def add_arguments(self, parser):
        parser.add_argument("file", help="the workbook (.xlsx, .xlsm, .csv), in our layout")
        parser.add_argument("--strategy", metavar="SLUG", help="the only one there is, if left out")
        parser.add_argument("--name", help="the name of a new strategy; its slug, if left out")
        parser.add_argument(
            "--hidden",
            choices=["take", "leave"],
            help="what to do with hidden rows and columns; without it they are a fault",
        )
        parser.add_argument("--dry-run", action="store_true", help="say what would happen, only")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, file, **options):
        strategy = choose(options["strategy"], options["name"] or "")
        path = Path(file)
        if path.exists() and not path.is_file():
            raise CommandError(f"{path}: not a file")
        try:
            with path.open("rb"):
                hidden = {"take": True, "leave": False}.get(options["hidden"])
                proposal = proposal_for(path, strategy, hidden=hidden)
        except OSError as error:
            raise CommandError(f"{path}: {error.strerror}") from error
        except WorkbookRefused as error:
            self._refuse(options, [str(error)])
            raise CommandError(f"{path.name}: {error}") from error
        faults = [str(fault) for fault in proposal.report.faults]
        if proposal.report.fault_count:
            self._refuse(options, faults)
            count = proposal.report.fault_count
            raise CommandError(
                "\n".join(faults) + "\n" + _("%d faults, nothing was imported.") % count
            )
        if not options["dry_run"]:
            try:
                bring_in(proposal, RoadmapImport(file_name=path.name))
            except ProposalOvertaken as error:
                raise CommandError(
                    _("Somebody changed the strategy meanwhile, nothing was imported. Try again.")
                ) from error
            compute(strategy.pk)
        self._tell(proposal, options)

    def _refuse(self, options, faults) -> None:
        if options["json"]:
            self.stdout.write(json.dumps({"applied": False, "faults": faults}, ensure_ascii=False))

    def _tell(self, proposal: Proposal, options) -> None:
        if options["json"]:
            answer = {
                "strategy": proposal.strategy.slug,
                "applied": not options["dry_run"],
                **proposal.counts,
                "new_codes": [step.code for step in proposal.new],
                "changes": {step.code: step.fields for step in proposal.changed},
                "missing_codes": proposal.missing,
                "new_names": proposal.new_names,
                "assumptions": dict(proposal.report.assumptions),
            }
            self.stdout.write(json.dumps(answer, ensure_ascii=False, indent=1))
            return
        self.stdout.write(
            _("%(strategy)s: %(new)d new, %(changed)d changed, %(unchanged)d unchanged")
            % {"strategy": proposal.strategy.slug, **proposal.counts}
        )
        for step in proposal.changed:
            for key, (before, after) in step.fields.items():
                self.stdout.write(f"  {step.code} {key}: {before or '–'} → {after or '–'}")
        if proposal.missing:
            self.stdout.write(
                _("%d actions are not in the file and stay as they are") % len(proposal.missing)
            )
        for kind, names in proposal.new_names.items():
            for name in names:
                self.stdout.write(
                    _("a new name (%(kind)s): %(name)s")
                    % {"kind": layout.heading(kind), "name": name}
                )
        for sentence, count in proposal.report.assumptions.items():
            self.stdout.write(f"{count} {sentence}")
        if options["dry_run"]:
            self.stdout.write(_("A dry run: nothing was written."))
