"""What no line of the product uses and is alive all the same: others know it by name. `make check` reads it."""

from cards.knowledge.baseline_tests import Need
from cards.knowledge.genotypes import AlleleFunction, NoteKind
from cards.knowledge.metabolites import LevelMeaning
from cards.knowledge.other_interactions import Raised
from cards.knowledge.placement import ShownAs
from cards.knowledge.renal_doses import RenalMeasure
from cards.knowledge.sentences import Language, Place
from cards.knowledge.sources import Grade, HowRead, SourceKind
from cards.knowledge.start_plan import AdviceTopic
from cards.knowledge.toxicity import Direction
from cards.model.conditions import Problem
from cards.model.labs import Analyte
from cards.model.therapy import DrugOrder, DrugRecord
from cds_service.cli import inspect
from cds_service.cli.lazy_group import LazyGroup
from cds_service.memory import tables
from cds_service.memory.migrations.versions import v0001_issued_cards_and_feedback, v0002_decision_records
from cds_service.net import transport
from cds_service.replay.plan import Views
from cds_service.server.serve import Server
from cds_service.server.worker import Worker
from cds_service.settings import Settings
from cds_service.workbench.explanations import Quiet, Reason
from cds_service.workbench.settings import BenchSettings
from cds_service.workbench.timeline import Timeline
from cds_service.workbench.understanding import Banner

# Keys of sources.toml, read as members by their value.
SourceKind.LABEL
SourceKind.ARTICLE
SourceKind.NOTICE
SourceKind.PROTOCOL
SourceKind.COMPENDIUM
SourceKind.LABORATORY
HowRead.WHOLE
HowRead.EXCERPT
HowRead.QUOTED

# Cells of the tables in cards/knowledge/tables, read as members by their value.
Place.BECAUSE
Place.GUIDE
Language.ENGLISH
Need.CONSIDER
AlleleFunction.DECREASED
AlleleFunction.NO
NoteKind.RENAMED
LevelMeaning.NOT_TAKEN
LevelMeaning.ABOVE_TARGET
Raised.NEVER
ShownAs.CARD
ShownAs.NOT_SHOWN
RenalMeasure.CLEARANCE
Grade.REGULATOR
Grade.GUIDELINE
Grade.TRIAL
Grade.SECONDARY
AdviceTopic.VACCINATION
AdviceTopic.ADVERSE_EFFECTS
AdviceTopic.LONG_TERM
Direction.BELOW

# Concepts of fhir_mappers/terminology/codes.csv.
Problem.GOUT
Problem.SKIN_CANCER
Problem.LESCH_NYHAN
Analyte.ALC
Analyte.MCV
Analyte.ALP
Analyte.BILIRUBIN_DIRECT
Analyte.URIC_ACID
Analyte.ANTI_HBC_IGM
Analyte.BODY_TEMPERATURE

# A word of `thiopurine-cds replay --views`.
Views.NEVER

# Mapped from each drug's record; no rule asks yet.
DrugOrder.is_oral
DrugRecord.is_oral

# The templates of the bench show them.
Quiet.because
Reason.site_choice
Timeline.ticks
Timeline.today_x
Timeline.right
Banner.person

# click ends the process with it.
inspect._FileError.exit_code

# pydantic looks for it.
Settings.model_config
BenchSettings.model_config

# SQLAlchemy asks a type for them.
tables.Instant.impl
tables.Instant.cache_ok
tables.Instant.process_bind_param
tables.Instant.process_result_value

# Alembic orders the migrations by them.
v0001_issued_cards_and_feedback.revision
v0001_issued_cards_and_feedback.down_revision
v0002_decision_records.revision
v0002_decision_records.down_revision

# urllib3 calls it, and makes connections of this class.
transport._CheckedConnection._new_conn
transport._CheckedPool.ConnectionCls

# click calls them.
LazyGroup.get_command
LazyGroup.format_commands

# gunicorn calls them.
Server.load_config
Server.load
Worker.handle_error
Worker.finish_request

# Set on an object of another library, which alone reads it.
lambda member: member._value_  # enum
lambda session: (session.trust_env, session.verify)  # requests
lambda values: values.ValueClass  # prometheus_client
lambda column: column.overflow  # rich
lambda connection: connection.isolation_level  # sqlite3
lambda pools: pools.pool_classes_by_scheme  # urllib3
lambda logger: logger.handlers  # logging
lambda worker, connection, request: (  # gunicorn
    worker.nr_conns,
    connection.data_ready,
    request._expected_100_continue,
)
lambda function: function.__test__  # pytest
