"""The `thiopurine-cds` command: its commands by name, each in a module that is imported when it is asked for."""

from importlib.metadata import version

import click

from cds_service.cli.lazy_group import LazyCommand, LazyGroup

COMMANDS = {
    "backup": LazyCommand("cds_service.cli.backup:backup", "Copy the SQLite database into a new file."),
    "call": LazyCommand("cds_service.cli.call:call", "Call a CDS service as an EHR would; show its cards."),
    "check-policy": LazyCommand(
        "cds_service.cli.check_policy:check_policy", "Check a site's policy; print what it changes."
    ),
    "doctor": LazyCommand(
        "cds_service.cli.doctor:doctor", "Check a deployment; say what to do about each finding."
    ),
    "evaluate": LazyCommand(
        "cds_service.cli.evaluate:evaluate", "Print the cards for one hook request, without a server."
    ),
    "inspect": LazyCommand(
        "cds_service.cli.inspect:inspect", "Show what is recognised in a file of FHIR, and what not."
    ),
    "prefetch-config": LazyCommand(
        "cds_service.cli.prefetch_config:prefetch_config",
        "Print the prefetch keys and queries of each service.",
    ),
    "purge": LazyCommand("cds_service.cli.purge:purge", "Forget what is old, or all about one patient."),
    "replay": LazyCommand(
        "cds_service.cli.replay:replay", "Ask the past: which cards, when, for whom.", extra="replay"
    ),
    "report": LazyCommand("cds_service.cli.report:report", "Count for each rule what became of it."),
    "rotate-key": LazyCommand(
        "cds_service.cli.rotate_key:rotate_key", "Hash patients and users with a new key from now on."
    ),
    "rules": LazyCommand("cds_service.cli.rules:rules", "List every rule, or what changed in their tables."),
    "screen": LazyCommand(
        "cds_service.cli.screen:screen", "List everyone on a thiopurine, and what is due.", extra="replay"
    ),
    "serve": LazyCommand("cds_service.cli.serve:serve", "Answer CDS Hooks calls over HTTP until stopped."),
    "stories": LazyCommand(
        "cds_service.cli.stories:stories", "Compare the cards of stories with those kept."
    ),
    "tables": LazyCommand("cds_service.cli.tables:tables", "List the releases of the knowledge tables."),
}
_EXIT_CODES = """
\b
Exit codes:
  0  done
  1  the service failed; this is a fault of ours
  2  wrong usage or settings, or a file that cannot be read
  3  the request was refused; the OperationOutcome that says why is printed
  4  a service or a FHIR server does not answer (call), or a check failed (doctor, report --anomalies, stories)
"""


@click.group(cls=LazyGroup, table=COMMANDS, epilog=_EXIT_CODES)
@click.version_option(version("thiopurine-cds"), prog_name="thiopurine-cds")
def main() -> None:
    """Clinical decision support for azathioprine, mercaptopurine and thioguanine.

    Settings are read from the environment, each as THIOPURINE_CDS_<NAME>: HOST, PORT, WORKERS,
    DATABASE_URL, TIMEZONE, POLICY, CLIENTS, PUBLIC_URL and others, all in docs/running.md. Options win.
    """
