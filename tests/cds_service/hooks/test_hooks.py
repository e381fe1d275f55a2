"""One value a hook: everything that lists hooks reads it."""

import json
from pathlib import Path

import yaml

from cds_service.hooks.hooks import BY_NAME, HOOK_NAMES, HOOKS, ORDER_HOOKS, VIEW_HOOKS
from cds_service.hooks.services import SERVICES

ROOT = Path(__file__).parents[3]


def test_each_hook_has_one_service_and_each_service_a_hook():
    assert sorted(service.hook for service in SERVICES) == sorted(HOOK_NAMES)


def test_hooks_are_told_apart_by_their_contexts():
    assert (ORDER_HOOKS, VIEW_HOOKS) == (("order-select", "order-sign"), ("patient-view",))
    assert [BY_NAME[hook.name] for hook in HOOKS] == list(HOOKS)


def test_the_api_description_names_every_hook():
    paths = yaml.safe_load((ROOT / "docs" / "openapi.yaml").read_text())

    assert [hook for hook in HOOK_NAMES if hook not in json.dumps(paths)] == []
