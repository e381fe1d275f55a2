"""Many clients at once: what each was answered, what it reported about cards, and the memory of the workers."""

import http.client
import itertools
import json
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from statistics import linear_regression
from urllib.parse import urlsplit

import psutil
from rich.progress import Progress

from tests.conformance.service import Signer
from tests.reliability.calls import Call, Kind
from tests.reliability.server import WAIT_S, Server

_FEEDBACK_SHARE = 0.1  # of answers with cards
_AGAIN_SHARE = 0.25  # of feedback is sent twice
_NEW_CONNECTION_SHARE = 0.05
_BAD_PROOFS = {"none": 0.02, "wrong": 0.01, "used": 0.01}
_NOT_ALLOWED = 405  # is told before who calls is asked
_SAMPLE_EVERY_S = 0.25


@dataclass
class Answers:
    """What came of a load."""

    done: int = 0
    statuses: Counter[tuple[str, int]] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)  # what was not answered as it had to be
    cards: dict[str, int] = field(default_factory=dict)  # by the hook instance of a call that is decided
    said: dict[str, set[tuple[str, ...]]] = field(default_factory=dict)  # by kind: first lines of the cards
    feedback: int = 0  # reports about cards, each counted once
    took_s: float = 0.0


@dataclass
class Memory:
    """Resident memory of all workers together, by the number of calls answered."""

    samples: list[tuple[int, int]] = field(default_factory=list)  # calls, bytes

    def bytes_a_call(self, after: int) -> float:
        """The slope by least squares, from so many calls on."""
        calls, sizes = zip(*[one for one in self.samples if one[0] >= after], strict=True)
        return linear_regression(calls, sizes).slope

    @property
    def most_mb(self) -> float:
        """The most of all workers together."""
        return max(size for _, size in self.samples) / 1e6


class Client:
    """One connection of an EHR, and the calls it makes one after the other."""

    def __init__(self, server: Server, found: Answers, lock: threading.Lock, number: int) -> None:
        self._port = urlsplit(server.url).port
        self._url = server.url
        self._signer: Signer | None = None
        if server.signers:
            self._signer = list(server.signers.values())[number % len(server.signers)]
        self._found = found
        self._lock = lock
        self._chance = random.Random(number)  # noqa: S311 -- a test repeats itself
        self._connection = self._connected()
        self._token = self._used_token = ""

    def make(self, kind: Kind) -> None:
        """Make one call, and now and then report about a card that came."""
        call = kind.call()
        if self._signer and call.status != _NOT_ALLOWED and self._chance.random() < sum(_BAD_PROOFS.values()):
            (proof,) = self._chance.choices(list(_BAD_PROOFS), list(_BAD_PROOFS.values()))
            proof = "none" if proof == "used" and not self._used_token else proof
            call = replace(call, status=401, proof=proof, kind=f"token: {proof}")
        content = self._sent(call)
        if call.is_decided and content is not None:
            self._note(call, json.loads(content)["cards"])

    def close(self) -> None:
        """Hang up."""
        self._connection.close()

    def _note(self, call: Call, cards: list[dict[str, str]]) -> None:
        with self._lock:
            self._found.cards[call.hook_instance or ""] = len(cards)
            self._found.said.setdefault(call.kind, set()).add(tuple(card["summary"] for card in cards))
        if cards and self._chance.random() < _FEEDBACK_SHARE:
            self._report(call.path, cards[0]["uuid"])

    def _report(self, path: str, card: str) -> None:
        item = {"card": card, "outcome": "accepted", "outcomeTimestamp": "2026-11-24T08:00:00Z"}
        body = json.dumps({"feedback": [item]}).encode()
        feedback = Call("feedback", f"{path}/feedback", body, 200)
        for _ in range(2 if self._chance.random() < _AGAIN_SHARE else 1):
            self._sent(feedback)
        with self._lock:
            self._found.feedback += 1

    def _sent(self, call: Call) -> bytes | None:
        """The content of the expected answer; None for any other, which is noted."""
        headers = {"Content-Type": call.media} | self._authorization(call)
        if self._chance.random() < _NEW_CONNECTION_SHARE:
            headers["Connection"] = "close"
        try:
            self._connection.request(call.method, f"/cds-services{call.path}", call.body, headers)
            response = self._connection.getresponse()
            content = response.read()
        except (OSError, http.client.HTTPException) as error:
            self._connection = self._connected()
            self._count(call, 0, f"{call.kind}: {type(error).__name__}: {error}")
            return None
        if response.status == http.HTTPStatus.OK and call.proof == "good":
            self._used_token = self._token  # what is refused unread may not have used its token up
        is_right = response.status == call.status
        self._count(call, response.status, "" if is_right else f"{call.kind}: {response.status}")
        return content if is_right else None

    def _count(self, call: Call, status: int, wrong: str) -> None:
        with self._lock:
            self._found.done += 1
            self._found.statuses[call.kind, status] += 1
            if wrong:
                self._found.wrong.append(wrong)

    def _authorization(self, call: Call) -> dict[str, str]:
        if self._signer is None or call.proof == "none":
            return {}
        audience = f"{self._url}/cds-services{call.path}"
        if call.proof == "wrong":
            token = self._signer.token("https://elsewhere.example.org")
        elif call.proof == "used" and self._used_token:
            token = self._used_token
        else:
            token = self._token = self._signer.token(audience)
        return {"Authorization": f"Bearer {token}"}

    def _connected(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self._port, timeout=WAIT_S)


def under_load(server: Server, kinds: list[Kind], connections: int, progress: str) -> tuple[Answers, Memory]:
    """Make a call of each kind, over so many connections at once; shown on the screen as it goes."""
    found, lock, memory = Answers(), threading.Lock(), Memory()
    waiting = iter(kinds)
    began = time.perf_counter()

    def work(number: int) -> None:
        client = Client(server, found, lock, number)
        while True:
            with lock:
                kind = next(waiting, None)
            if kind is None:
                break
            client.make(kind)
        client.close()

    with (
        _sampled(server.workers, found, memory),
        _shown(progress, len(kinds), found),
        ThreadPoolExecutor(connections) as clients,
    ):
        for _ in clients.map(work, range(connections)):
            pass  # what a client raises is raised here
    found.took_s = time.perf_counter() - began
    return found, memory


@contextmanager
def _sampled(workers: list[psutil.Process], found: Answers, memory: Memory) -> Iterator[None]:
    def sample() -> None:
        memory.samples.append((found.done, sum(worker.memory_info().rss for worker in workers)))

    with _again_and_again(sample):
        yield


@contextmanager
def _shown(title: str, total: int, found: Answers) -> Iterator[None]:
    with Progress() as progress:
        task = progress.add_task(title, total=total)
        with _again_and_again(lambda: progress.update(task, completed=found.done)):
            yield


@contextmanager
def _again_and_again(work: Callable[[], None]) -> Iterator[None]:
    ended = threading.Event()

    def repeat() -> None:
        for _ in itertools.count():
            work()
            if ended.wait(_SAMPLE_EVERY_S):
                return

    with ThreadPoolExecutor(1) as thread:
        repeating = thread.submit(repeat)
        try:
            yield
        finally:
            ended.set()
    repeating.result()
