"""Imported by the process that workers are forked from, so that none builds R4B's types and reads the tables anew."""

from cds_service.answering.pipeline import Circumstances
from cds_service.answering.warm_up import warm_up

warm_up(Circumstances())
