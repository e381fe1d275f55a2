"""For whom a row of a table holds, and which of several about the same thing is read."""

import csv
from dataclasses import replace

import pytest

from cards.knowledge.holds_for import ABOUT, COLUMNS, HoldsFor
from cards.knowledge.knowledge import Knowledge
from cards.knowledge.monitoring import Tier
from cards.knowledge.patient_advice import Circumstance
from cards.knowledge.releases import own_tables
from cards.knowledge.tables import Row, TableError
from cards.model.labs import Analyte
from cards.model.protocol import NOTHING_KNOWN, Group, Protocol
from cds_service.answering.pipeline import Circumstances
from cds_service.evaluation import response_to
from cds_service.hooks.card_json import numbered_ids
from tests.builders import KNOWLEDGE, OWN_TABLES
from tests.copied_tables import VERSION
from tests.stories import all_stories

ANC = (
    "anc,stop,1.0,10*9/L,immune-mediated disease,any,any,any,"  # a row of count_limits.csv, up to its source
)
IN_LEUKAEMIA = "anc,stop,0.5,10*9/L,leukaemia,any,any,any,project,an example,P\n"
FOR_ANYONE = "anc,stop,0.9,10*9/L,any,any,any,any,project,an example,P\n"
OF_CHILDREN = "anc,stop,0.7,10*9/L,any,any,any,18,project,an example,P\n"
# The tables that are asked with the protocol of each patient; every row of them names its group.
BY_GROUP = ("count_limits", "indication_doses", "leukaemia_limits")
CHILD, ADULT = Protocol(age_years=17.9), Protocol(age_years=18)


def row(group="any", country="any", age_from="any", age_below="any"):
    cells = {"disease_group": group, "country": country, "age_from": age_from, "age_below": age_below}
    return Row("doses", 7, cells, KNOWLEDGE.sources)


def stop_below(tables, protocol=NOTHING_KNOWN):
    """The limits of neutrophils at which the copied tables stop the drug for a patient."""
    limits = tables.knowledge.monitoring.count_limits(Tier.STOP, protocol)
    return [limit.below for limit in limits if limit.analyte is Analyte.ANC]


@pytest.mark.parametrize("table", ABOUT)
def test_a_table_that_says_for_whom_it_holds_has_every_column(table):
    with (own_tables() / "tables" / f"{table}.csv").open(encoding="utf-8") as file:
        heading = next(csv.reader(file))

    assert set(heading) >= {*COLUMNS, *ABOUT[table]}


@pytest.mark.parametrize("table", ABOUT)
def test_every_row_of_the_softwares_tables_says_for_whom_it_holds(table):
    every = replace(OWN_TABLES, protocol=None)
    groups = {one.holds_for().group for one in every.rows(table)}

    assert (None in groups) is (table not in BY_GROUP)
    assert groups == {None} or table in BY_GROUP


def test_no_row_of_a_count_or_a_dose_holds_for_a_group_that_it_does_not_name():
    every = replace(OWN_TABLES, protocol=None)
    groups = {table: {one.holds_for().group for one in every.rows(table)} for table in BY_GROUP}

    assert groups == {
        "count_limits": {Group.IMMUNE, Group.TRANSPLANT},
        "indication_doses": {Group.IMMUNE, Group.TRANSPLANT, Group.LEUKAEMIA},
        "leukaemia_limits": {Group.LEUKAEMIA},
    }


def test_what_a_row_holds_for_is_one_value():
    assert row().holds_for() == HoldsFor()
    assert row("transplantation", "GB", "0.5", "18").holds_for() == HoldsFor(Group.TRANSPLANT, "GB", 0.5, 18)


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        (
            {"group": "Crohn"},
            "column 'disease_group' holds 'Crohn': expected one of "
            r"\['any', 'leukaemia', 'transplantation', 'immune-mediated disease'\]",
        ),
        ({"country": "Swiss"}, "column 'country' holds 'Swiss': expected any, or two letters such as US"),
        ({"country": ""}, "column 'country' holds '': expected any, or two letters such as US"),
        ({"age_from": "adult"}, "column 'age_from' holds 'adult': expected a number"),
        (
            {"age_from": "18", "age_below": "18"},
            "column 'age_below' holds '18': expected more than age_from",
        ),
    ],
)
def test_a_value_that_it_does_not_know_is_named(cells, message):
    with pytest.raises(TableError, match=rf"^doses\.csv, line 7, {message}$"):
        row(**cells).holds_for()


@pytest.mark.parametrize(
    ("holds_for", "protocol", "holds"),
    [
        (HoldsFor(), NOTHING_KNOWN, True),
        (HoldsFor(Group.LEUKAEMIA), Protocol(Group.LEUKAEMIA, "US", 4), True),
        (HoldsFor(Group.LEUKAEMIA), Protocol(Group.IMMUNE), False),
        (HoldsFor(Group.LEUKAEMIA), NOTHING_KNOWN, False),
        (HoldsFor(country="US"), Protocol(country="US"), True),
        (HoldsFor(country="US"), Protocol(country="GB"), False),
        (HoldsFor(country="US"), NOTHING_KNOWN, False),
        (HoldsFor(age_below=18), CHILD, True),
        (HoldsFor(age_below=18), ADULT, False),
        (HoldsFor(age_below=18), NOTHING_KNOWN, False),
        (HoldsFor(age_from=18), ADULT, True),
        (HoldsFor(age_from=18), CHILD, False),
    ],
)
def test_a_row_holds_for_whom_it_names_and_not_for_the_unknown(holds_for, protocol, holds):
    assert holds_for.holds(protocol) is holds


def test_a_row_for_a_group_is_read_for_that_group_alone_instead_of_the_one_for_anyone(tables):
    tables.edit("count_limits", ANC, IN_LEUKAEMIA + FOR_ANYONE + ANC)

    read = {group: stop_below(tables, Protocol(group)) for group in (None, *Group)}

    assert read == {None: [0.9], Group.LEUKAEMIA: [0.5], Group.TRANSPLANT: [1.0], Group.IMMUNE: [1.0]}


def test_the_group_decides_before_the_country_and_the_country_before_the_age(tables):
    of_us = "anc,stop,0.8,10*9/L,any,US,any,any,project,an example,P\n"
    tables.edit("count_limits", ANC, of_us + OF_CHILDREN + IN_LEUKAEMIA + FOR_ANYONE + ANC)

    assert stop_below(tables, Protocol(Group.LEUKAEMIA, "US", 9)) == [0.5]
    assert stop_below(tables, Protocol(Group.IMMUNE, "US", 9)) == [1.0]
    assert stop_below(tables, Protocol(None, "US", 9)) == [0.8]
    assert stop_below(tables, Protocol(None, "GB", 9)) == [0.7]
    assert stop_below(tables, Protocol(None, "GB", 18)) == [0.9]


def test_every_row_for_a_group_is_read_and_each_replaces_those_for_anyone(tables):
    anyone = "older patient,patient: older patient 1,"
    held = "older patient,patient: {},leukaemia,any,any,any\n"
    tables.edit(
        "patient_advice", anyone, f"{held.format('older patient 2')}{held.format('phototherapy 3')}{anyone}"
    )
    protocol = Protocol(Group.LEUKAEMIA)

    sentences = Knowledge.load(tables.folder, protocol=protocol).patient_advice.advice(
        Circumstance.OLDER_PATIENT
    )

    said = (
        "Limited experience in older patients, says the Aspen product information (grade A).",
        "The FDA label: limit exposure to sunlight and ultraviolet light (grade A).",
    )
    assert (sentences.do, sentences.also) == ((), said)


def test_rows_whose_ages_overlap_are_refused(tables):
    tables.edit("count_limits", ANC, OF_CHILDREN + OF_CHILDREN.replace("any,18", "12,any") + ANC)

    with pytest.raises(TableError, match=r"^count_limits\.csv, lines 4 and 5: their ages overlap$"):
        stop_below(tables)


def test_ages_that_meet_do_not_overlap(tables):
    tables.edit("count_limits", ANC, OF_CHILDREN + OF_CHILDREN.replace("any,18", "18,any") + ANC)

    assert stop_below(tables, Protocol(Group.IMMUNE, None, 9)) == [1.0]


def test_a_release_with_a_wrong_cell_in_a_row_for_a_group_is_refused(tables):
    tables.edit("count_limits", ANC, IN_LEUKAEMIA.replace("0.5", "half") + ANC)
    tables.released()

    with pytest.raises(TableError, match=r"^count_limits\.csv, line 4, column 'below' holds 'half'"):
        Knowledge.of_release(VERSION, tables.releases)


def test_every_row_of_the_softwares_tables_can_be_read():
    assert Knowledge.load(own_tables(), protocol=None).version == ""


def test_rows_for_a_group_that_no_patient_is_known_to_be_of_change_no_answer(tables):
    for table in set(ABOUT) - set(BY_GROUP):
        tables.repeat_rows(table, "any,any,any,any", "transplantation,any,any,any")
    other = Circumstances(KNOWLEDGE.default_policy, tables.knowledge)
    stories = [story for story in all_stories() if story.response_file.is_file()]

    differing = [
        story.name
        for story in stories
        if response_to(story.request_body(), story.as_of, numbered_ids(), other)
        != response_to(story.request_body(), story.as_of, numbered_ids(), Circumstances())
    ]

    assert differing == []
