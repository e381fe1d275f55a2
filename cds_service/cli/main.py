"""The `thiopurine-cds` command: its commands by name, each in a module that is imported when it is asked for."""

from importlib.metadata import version

import click

from cds_service.cli.lazy_group import LazyCommand, LazyGroup

COMMANDS = {
    "backup": LazyCommand("cds_service.cli.backup:backup", "Copy the SQLite database into a new file."),
    "call": LazyCommand(
        "cds_service.cli.call:call", "Call a CDS service as an EHR would and show its cards."
    ),
    "check-policy": LazyCommand(
        "cds_service.cli.check_policy:check_policy", "Check a site's policy file and print what it changes."
    ),
    "doctor": LazyCommand(
        "cds_service.cli.doctor:doctor", "Check a deployment and say what to do about each finding."
    ),
    "evaluate": LazyCommand(
        "cds_service.cli.evaluate:evaluate", "Print the cards for one hook request, without a server."
    ),
    "inspect": LazyCommand(
        "cds_service.cli.inspect:inspect", "Show what is recognised in a FHIR file, and what is not."
    ),
    "prefetch-config": LazyCommand(
        "cds_service.cli.prefetch_config:prefetch_config",
        "Print the prefetch keys and queries of each service.",
    ),
    "purge": LazyCommand("cds_service.cli.purge:purge", "Delete old records, or all records of one patient."),
    "replay": LazyCommand(
        "cds_service.cli.replay:replay", "Show which cards past data would have produced.", extra="replay"
    ),
    "report": LazyCommand(
        "cds_service.cli.report:report", "Count how often each rule fired and what came of it."
    ),
    "rotate-key": LazyCommand(
        "cds_service.cli.rotate_key:rotate_key", "Hash patients and users with a new key from now on."
    ),
    "rules": LazyCommand(
        "cds_service.cli.rules:rules", "List every rule, or what changed in the knowledge tables."
    ),
    "screen": LazyCommand(
        "cds_service.cli.screen:screen", "List every patient on a thiopurine and what is due.", extra="replay"
    ),
    "serve": LazyCommand("cds_service.cli.serve:serve", "Answer CDS Hooks calls over HTTP until stopped."),
    "stories": LazyCommand(
        "cds_service.cli.stories:stories", "Compare the cards of the stories with those on file."
    ),
    "tables": LazyCommand("cds_service.cli.tables:tables", "List the releases of the knowledge tables."),
}
_EXIT_CODES = """
\b
Exit codes:
  0  done
  1  an error inside thiopurine-cds
  2  wrong usage or settings, or a file that cannot be read
  3  the request was refused; the printed OperationOutcome says why
  4  a service or FHIR server did not answer (call), or a check failed (doctor, report --anomalies, stories)
"""


@click.group(cls=LazyGroup, table=COMMANDS, epilog=_EXIT_CODES)
@click.version_option(version("thiopurine-cds"), prog_name="thiopurine-cds")
def main() -> None:
    """Clinical decision support for azathioprine, mercaptopurine and thioguanine.

    Settings are environment variables named THIOPURINE_CDS_<NAME>: HOST, PORT, WORKERS, DATABASE_URL,
    TIMEZONE, POLICY, CLIENTS, PUBLIC_URL and others. docs/running.md lists them all. An option overrides
    its setting.
    """
