"""Every way, by name."""

from collections.abc import Mapping

from tests.damage.ways import codes, shapes, state, subjects, times, values
from tests.damage.ways.way import Way

ALL_WAYS: Mapping[str, Way] = {
    way.name: way for module in (state, times, subjects, codes, values, shapes) for way in module.WAYS
}
