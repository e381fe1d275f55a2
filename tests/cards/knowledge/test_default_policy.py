"""The policy of a site that has chosen nothing."""

from dataclasses import fields

from cards.knowledge.default_policy import default_policy


def test_the_words_that_rules_share_mean_what_the_design_says():
    policy = default_policy()

    assert (policy.restart_gap_days, policy.new_start_days) == (30, 180)
    assert (policy.established_days, policy.recent_count_days) == (90, 90)
    assert (policy.weight_flagged_after_days_adult, policy.weight_flagged_after_days_child) == (365, 90)
    assert policy.weight_unused_after_days == 730
    assert policy.infection_days == 30
    assert policy.adult_age_years == 18


def test_every_number_is_chosen():
    policy = default_policy()

    for one in fields(policy):
        assert getattr(policy, one.name) is not None


def test_nothing_is_silenced():
    assert default_policy().switches == ()
