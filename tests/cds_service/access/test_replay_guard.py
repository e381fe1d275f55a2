from datetime import UTC, datetime, timedelta

from cds_service.access.replay_guard import MemoryReplayGuard, StoredReplayGuard
from cds_service.errors import StoreUnavailableError

NOW = datetime(2026, 3, 9, 8, tzinfo=UTC)
SOON = NOW + timedelta(minutes=5)


class Clock:
    def __init__(self):
        self.now = NOW

    def __call__(self):
        return self.now


class FakeStore:
    """What all workers share; `is_down` while it cannot be reached."""

    def __init__(self):
        self.tokens = {}
        self.is_down = False

    def take_token(self, token, expires_at):
        self._reach()
        return self.tokens.setdefault(token, expires_at) is expires_at

    def forget_expired_tokens(self, now):
        self._reach()
        expired = [token for token, expires_at in self.tokens.items() if expires_at < now]
        for token in expired:
            del self.tokens[token]
        return len(expired)

    def _reach(self):
        if self.is_down:
            raise StoreUnavailableError("the database is down")


def test_a_token_is_new_once():
    guard = MemoryReplayGuard(Clock())

    assert [guard.seen(token, SOON) for token in ("a", "b", "a")] == [False, False, True]


def test_what_expired_is_forgotten():
    clock = Clock()
    guard = MemoryReplayGuard(clock)
    guard.seen("a", SOON)
    clock.now = SOON + timedelta(seconds=1)

    assert guard.seen("a", SOON + timedelta(minutes=5)) is False


def test_memory_is_bounded_and_forgets_what_expires_next():
    guard = MemoryReplayGuard(Clock(), most=2)
    guard.seen("a", SOON)
    guard.seen("b", SOON + timedelta(minutes=1))
    guard.seen("c", SOON + timedelta(minutes=2))

    assert [guard.seen(token, SOON) for token in ("c", "b", "a")] == [True, True, False]


def test_another_worker_knows_it_too():
    store = FakeStore()
    StoredReplayGuard(store, Clock()).seen("a", SOON)

    assert StoredReplayGuard(store, Clock()).seen("a", datetime(2026, 3, 9, 9, tzinfo=UTC)) is True


def test_while_the_database_is_down_each_worker_remembers_for_itself():
    store = FakeStore()
    guard, other = StoredReplayGuard(store, Clock()), StoredReplayGuard(store, Clock())
    store.is_down = True

    assert [one.seen("a", SOON) for one in (guard, guard, other)] == [False, True, False]


def test_what_came_while_the_database_was_down_is_known_when_it_is_back():
    store = FakeStore()
    guard = StoredReplayGuard(store, Clock())
    store.is_down = True
    guard.seen("a", SOON)
    store.is_down = False

    assert guard.seen("a", SOON) is True


def test_expired_tokens_leave_the_database():
    store, clock = FakeStore(), Clock()
    guard = StoredReplayGuard(store, clock)
    guard.seen("a", SOON)
    clock.now = SOON + timedelta(seconds=61)
    guard.seen("b", SOON + timedelta(minutes=9))

    assert set(store.tokens) == {"b"}
