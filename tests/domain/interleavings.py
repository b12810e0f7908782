"""
Every interleaving of a few processes that share a store: the product's own code, stopped at each store call.

A process is a function of the answers that it was given. So it is run again from its beginning for each new history
of answers, and stopped at the first call that has no answer yet; the store is an automaton whose states are its
contents. Both are remembered, which makes the exploration of all interleavings a walk over pairs of numbers.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from queue import SimpleQueue
from threading import Thread as Worker
from threading import local
from typing import Any, Final, Protocol

from togglebox.adapters.memory import MemoryStore
from togglebox.store.port import Body, Document, Key, NoAnswer, Page, StoreUnavailable, encode

DEAD: Final = -1
ENDED: Final = -1
WRITES: Final = frozenset({"put", "delete", "add_new", "delete_many"})


# -- what a process asks of the store ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Call:
    """One store call, in a form that can be compared and sent again; bodies are JSON texts."""

    method: str
    collection: str
    arguments: tuple[Any, ...]

    @property
    def writes(self) -> bool:
        return self.method in WRITES

    def on(self, store: MemoryStore) -> Any:
        match self.method, self.arguments:
            case "put", (key, text, expect):
                return store.put(self.collection, key, json.loads(text), expect=expect)
            case "add_new", documents:
                return store.add_new(self.collection, [(key, json.loads(text)) for key, text in documents])
            case "get", (key,):
                return store.get(self.collection, key)
            case "get_many", keys:
                return store.get_many(self.collection, keys)
            case "page", (partition, options):
                return store.page(self.collection, partition, **dict(options))
            case "delete", (key, expect):
                return store.delete(self.collection, key, expect=expect)
            case "delete_many", keys:
                return store.delete_many(self.collection, keys)
        raise AssertionError(self)

    def __str__(self) -> str:
        return f"{self.method} {self.collection} {self.arguments}"


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, and at which of the scenario's times the process goes on."""

    value: Any
    error: type[Exception] | None
    time: int

    def deliver(self) -> Any:
        if self.error is not None:
            raise self.error
        return self.value


class Stopped(BaseException):
    """The process asks for something that has no answer yet; no code that catches exceptions catches this one."""


class StoreCalls:
    """A `Store` that hands every call to *ask*."""

    def __init__(self, ask: Callable[[Call], Any]) -> None:
        self._ask = ask

    def get(self, collection: str, key: Key) -> Document | None:
        return self._ask(Call("get", collection, (key,)))  # type: ignore[no-any-return]  # as the real store answered

    def get_many(self, collection: str, keys: Sequence[Key]) -> list[Document | None]:
        return list(self._ask(Call("get_many", collection, tuple(keys))))

    def put(self, collection: str, key: Key, body: Body, *, expect: int) -> Document:
        return self._ask(Call("put", collection, (key, encode(body), expect)))  # type: ignore[no-any-return]  # see get

    def delete(self, collection: str, key: Key, *, expect: int) -> None:
        self._ask(Call("delete", collection, (key, expect)))

    def page(self, collection: str, partition: str, **options: Any) -> Page:
        return self._ask(Call("page", collection, (partition, tuple(options.items()))))  # type: ignore[no-any-return]  # see get

    def add_new(self, collection: str, documents: Iterable[tuple[Key, Body]]) -> list[bool]:
        return list(self._ask(Call("add_new", collection, tuple((key, encode(body)) for key, body in documents))))

    def scan(self, collection: str, *, limit: int, after: str | None = None) -> Page:
        raise AssertionError("nothing that these processes do may scan")

    def delete_many(self, collection: str, keys: Iterable[Key]) -> None:
        self._ask(Call("delete_many", collection, tuple(keys)))


# -- processes ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Event:
    """Something that the checker must know of; *what* is ``ready``, ``begins``, ``saw`` or ``told``."""

    what: str
    thread: int = 0
    facts: Any = None


class Run(Protocol):
    """What a process's threads are given: the store and the time as this history has them, and whom to report to."""

    store: StoreCalls
    time: int

    def report(self, what: str, facts: Any = None) -> None: ...


type Thread = Callable[[], None]


@dataclass(frozen=True, slots=True)
class Plan:
    """The *threads* of a process, which may share what it built, and what it is asked *last*, when all is quiet."""

    threads: Sequence[Thread]
    last: Callable[[], Any] = lambda: None


type Program = Callable[[Run], Plan]
"""Builds the process; called anew for each history."""


@dataclass(frozen=True, slots=True)
class Process:
    """
    Something that takes steps.

    *mortal* ones may crash; none takes a step before the time number *starts*; *warm* ones take their steps up to the
    event ``ready`` before all others; *threaded* ones have several threads.
    """

    name: str
    program: Program
    mortal: bool = True
    starts: int = 0
    warm: bool = False
    threaded: bool = False


class Node:
    """A process after some history: what each thread asks for next, by number, or `ENDED`; and what it reported."""

    __slots__ = ("answer", "begins", "children", "events", "parent", "pending", "thread")

    def __init__(self, parent: Node | None, thread: int, answer: Answer | None) -> None:
        self.parent = parent
        self.thread = thread
        self.answer = answer
        self.children: dict[tuple[int, int], int] = {}
        self.pending: tuple[int, ...] = ()
        self.events: tuple[Event, ...] = ()
        self.begins: frozenset[int] = frozenset()

    @property
    def history(self) -> list[tuple[int, Answer]]:
        steps = []
        node: Node | None = self
        while node is not None and node.answer is not None:
            steps.append((node.thread, node.answer))
            node = node.parent
        return steps[::-1]


type History = Sequence[tuple[int, Answer]]


class _Solo:
    """Runs a process of one thread along a *history*, and stops it there; or goes on, with *beyond* answering."""

    def __init__(self, history: History, time: int, beyond: Callable[[Call], Any] | None = None) -> None:
        self.store = StoreCalls(self._ask)
        self.time = time
        self.events: list[Event] = []
        self.reported = 0
        self._history = iter(history)
        self._beyond = beyond
        self._pending: Call | None = None

    def report(self, what: str, facts: Any = None) -> None:
        self.events.append(Event(what, 0, facts))

    def run(self, plan: Plan) -> tuple[Call | None, ...]:
        (thread,) = plan.threads
        with suppress(Stopped):
            thread()
        return (self._pending,)

    def _ask(self, call: Call) -> Any:
        step = next(self._history, None)
        if step is None:
            if self._beyond is not None:
                return self._beyond(call)
            self._pending = call
            raise Stopped
        self.reported = len(self.events)
        self.time = step[1].time
        return step[1].deliver()


class _Several:
    """The same for a process of several threads: one runs at a time, in the order that the history says."""

    def __init__(self, history: History, time: int, beyond: Callable[[Call], Any] | None = None) -> None:
        self.store = StoreCalls(self._ask)
        self.time = time
        self.events: list[Event] = []
        self.reported = 0
        self._history = history
        self._beyond = beyond
        self._asked: SimpleQueue[Call | BaseException | None] = SimpleQueue()
        self._answers: list[SimpleQueue[Answer | None]] = []
        self._mine = local()

    def report(self, what: str, facts: Any = None) -> None:
        self.events.append(Event(what, self._mine.number, facts))

    def run(self, plan: Plan) -> tuple[Call | None, ...]:
        threads = [Worker(target=self._live, args=(number, body)) for number, body in enumerate(plan.threads)]
        self._answers = [SimpleQueue() for _ in threads]
        pending: list[Call | None] = []
        for thread in threads:
            thread.start()
            pending.append(self._next())
        for number, answer in self._history:
            self.reported = len(self.events)
            self.time = answer.time
            self._answers[number].put(answer)
            pending[number] = self._next()
        for number, thread in enumerate(threads):
            if pending[number] is not None:
                self._answers[number].put(None)
                self._next()
            thread.join()
        return tuple(pending)

    def _next(self) -> Call | None:
        asked = self._asked.get()
        if isinstance(asked, BaseException):
            raise asked
        return asked

    def _live(self, number: int, body: Thread) -> None:
        self._mine.number = number
        try:
            with suppress(Stopped):
                body()
        except BaseException as error:  # noqa: BLE001  # raised again where the test runs
            self._asked.put(error)
        else:
            self._asked.put(None)

    def _ask(self, call: Call) -> Any:
        if not hasattr(self._mine, "number"):
            assert self._beyond is not None
            return self._beyond(call)
        self._asked.put(call)
        answer = self._answers[self._mine.number].get()
        if answer is None:
            raise Stopped
        return answer.deliver()


class Tree:
    """All histories of one process that were met, by number; 0 is its beginning."""

    def __init__(self, process: Process, stores: Stores) -> None:
        self.process = process
        self.nodes: list[Node] = []
        self._stores = stores
        self._grow(Node(None, 0, None))

    def after(self, at: int, thread: int, answer: int) -> int:
        """Return the process after one more *answer* for the *thread*."""
        node = self.nodes[at]
        child = node.children.get((thread, answer))
        if child is None:
            child = node.children[thread, answer] = self._grow(Node(node, thread, self._stores.answers[answer]))
        return child

    def last(self, at: int, store: MemoryStore, time: int) -> Any:
        """Return what the process, all of whose threads ended, says last on *store* at *time*."""
        runner = self._runner(self.nodes[at], lambda call: call.on(store))
        plan = self.process.program(runner)
        runner.run(plan)
        runner.time = time
        return plan.last()

    def _grow(self, node: Node) -> int:
        runner = self._runner(node)
        pending = runner.run(self.process.program(runner))
        node.pending = tuple(ENDED if call is None else self._stores.call(call) for call in pending)
        node.events = tuple(runner.events[runner.reported if node.parent is not None else 0 :])
        begins = node.parent.begins - {node.thread} if node.parent is not None else frozenset[int]()
        for event in node.events:
            begins = begins | {event.thread} if event.what == "begins" else begins - {event.thread}
        node.begins = begins
        self.nodes.append(node)
        return len(self.nodes) - 1

    def _runner(self, node: Node, beyond: Callable[[Call], Any] | None = None) -> _Solo | _Several:
        return (_Several if self.process.threaded else _Solo)(node.history, self.process.starts, beyond)


# -- the store ---------------------------------------------------------------------------------------------------

type Rows = Mapping[str, Mapping[Key, Any]]


class ForkedStore(MemoryStore):
    """The memory store, which can be begun from what another one held."""

    def __init__(self, clock: Callable[[], float], rows: Rows | None = None) -> None:
        super().__init__(clock)
        for name, documents in (rows or {}).items():
            self._rows[name].update(documents)

    @property
    def rows(self) -> Rows:
        return {name: dict(documents) for name, documents in self._rows.items()}

    @property
    def content(self) -> frozenset[tuple[str, Key, int, str]]:
        return frozenset(
            (name, key, version, record.text)
            for name, documents in self._rows.items()
            for key, (version, record) in documents.items()
        )


class Stores:
    """All contents of the store, calls and answers that were met, by number."""

    def __init__(self, seconds: Sequence[float]) -> None:
        self._seconds = seconds
        self._numbers: dict[frozenset[tuple[str, Key, int, str]], int] = {}
        self._rows: list[Rows] = []
        self._calls: dict[Call, int] = {}
        self._answers: dict[tuple[str, type[Exception] | None, int], int] = {}
        self._moves: dict[tuple[int, int, int], tuple[int, int]] = {}
        self.calls: list[Call] = []
        self.answers: list[Answer] = []

    def number(self, store: ForkedStore) -> int:
        content = store.content
        number = self._numbers.get(content)
        if number is None:
            number = self._numbers[content] = len(self._rows)
            self._rows.append(store.rows)
        return number

    def store(self, number: int, now: float) -> ForkedStore:
        return ForkedStore(lambda: now, self._rows[number])

    def call(self, call: Call) -> int:
        number = self._calls.setdefault(call, len(self.calls))
        if number == len(self.calls):
            self.calls.append(call)
        return number

    def answer(self, value: Any, error: type[Exception] | None, time: int) -> int:
        number = self._answers.setdefault((repr(value), error, time), len(self.answers))
        if number == len(self.answers):
            self.answers.append(Answer(value, error, time))
        return number

    def move(self, number: int, call: int, time: int) -> tuple[int, int]:
        """Return the store after the call, and the call's answer."""
        move = self._moves.get((number, call, time))
        if move is None:
            store = self.store(number, self._seconds[time])
            sent = self.calls[call]
            try:
                answer = self.answer(sent.on(store), None, time)
            except Exception as error:  # noqa: BLE001  # whatever the store raises is its answer
                answer = self.answer(None, type(error), time)
            after = self.number(store) if sent.writes else number
            move = self._moves[number, call, time] = (after, answer)
        return move


# -- the walk ----------------------------------------------------------------------------------------------------


class Violated(AssertionError):
    """A rule does not hold; the message says which, and by which steps one gets there."""


class Rules[Ghost](Protocol):
    """
    What must hold. A ghost is what the checker remembers of the past; it is hashable, and never seen by a process.

    Each method raises `AssertionError` with a sentence.
    """

    def landed(self, ghost: Ghost, call: Call, store: ForkedStore) -> Ghost:
        """*call* has changed the store, and left it like this."""

    def begins(self, ghost: Ghost, process: int, thread: int) -> Ghost:
        """The thread takes its first step since it reported ``begins``."""

    def reported(self, ghost: Ghost, process: int, event: Event) -> Ghost:
        """A thread reported *event*."""

    def readable(self, store: ForkedStore) -> None:
        """Hold for what the store holds at any step."""

    def whole(self, ghost: Ghost, store: ForkedStore) -> None:
        """Hold at any step."""

    def settled(self, store: ForkedStore) -> ForkedStore:
        """Return the store some minutes after every process has ended or died."""

    def finally_(self, ghost: Ghost, store: ForkedStore) -> None:
        """Hold then."""

    def sees(self, last: Any, store: ForkedStore) -> None:
        """Hold for what a process that ended says *last* then."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """
    What is explored: *processes* on what *store* holds, at the times *seconds*, each reached by a tick.

    Up to *crashes* mortal processes die, each at any step. Up to *faults* of their calls fail: the answer of a write is
    lost, or the write lands late (at any later step, but within its time, or never), or the database was away.
    A tick leaves the time of writes behind: none is in flight, and no process is held up in a *brittle* call.
    A read is *quiet* if nothing that happens here can change its answer: it is not told apart from the step after.
    """

    store: ForkedStore
    processes: Sequence[Process]
    seconds: Sequence[float]
    crashes: int = 0
    faults: int = 0
    away: bool = False
    quiet: Callable[[Call], bool] = lambda call: False
    brittle: Callable[[Call], bool] = lambda call: False
    lands_beyond: bool = False


@dataclass(frozen=True, slots=True)
class Explored:
    """How much was covered: *states*, of which *ends*, and the *executions* that lead from the first to an end."""

    states: int
    ends: int
    executions: int
    histories: int

    def __str__(self) -> str:
        return (
            f"{self.states:,} states, {self.ends:,} ends, {self.executions:.3g} executions, "
            f"{self.histories:,} histories of single processes"
        )


type _State = tuple[int, int, int, int, int, tuple[int, ...], tuple[int, ...]]
"""(time, store, ghost, crashes left, faults left, calls in flight, node of each process)"""

type _Step = tuple[str, int, int, int, _State]
"""(form of its label, process, call, answer, the state after it)"""

_TAKEN: Final = "{process}: {call} -> {answer}"
_LOST: Final = "{process}: {call} -> done, but the answer is lost"
_SENT: Final = "{process}: {call} -> no answer, it is on its way"
_AWAY: Final = "{process}: {call} -> the database is away"
_LANDS: Final = "{call} lands late -> {answer}"
_DIES: Final = "{process} dies"
_TICKS: Final = "time passes"


class Explorer[Ghost]:
    """Walks through all states of a scenario."""

    def __init__(self, scenario: Scenario, rules: Rules[Ghost], ghost: Ghost) -> None:
        self._scenario = scenario
        self._rules = rules
        self._stores = Stores(scenario.seconds)
        self._trees = [Tree(process, self._stores) for process in scenario.processes]
        self._first = ghost
        self._ghosts: dict[Ghost, int] = {}
        self._remembered: list[Ghost] = []
        self._passed: dict[tuple[int, int, int, int], int] = {}
        self._read: set[int] = set()
        self._checked: set[tuple[int, int]] = set()
        self._settled: dict[int, ForkedStore] = {}
        self._ended: set[tuple[int, int]] = set()
        self._asked: set[tuple[int, int, int]] = set()
        self._trying: _Step | None = None

    def explore(self) -> Explored:
        """
        Walk, depth first.

        Raises:
            Violated: with the steps that lead there.
        """
        start = self._start()
        executions: dict[_State, int] = {}
        path: list[tuple[_State, _Step | None, Iterator[_Step]]] = [(start, None, self._steps(start))]
        counts = [0]
        ends = 0
        try:
            while path:
                state, _, steps = path[-1]
                step = next(steps, None)
                if step is None:
                    path.pop()
                    ways = counts.pop()
                    if ways == 0:
                        ends += 1
                        ways = 1
                        self._end(state)
                    executions[state] = ways
                    if counts:
                        counts[-1] += ways
                    continue
                after = step[-1]
                known = executions.get(after)
                if known is not None:
                    counts[-1] += known
                    continue
                path.append((after, step, self._steps(after)))
                counts.append(0)
                self._check(after)
        except AssertionError as error:
            steps_taken = [step for _, step, _ in path if step is not None]
            if self._trying is not None and self._trying[:4] != steps_taken[-1][:4]:
                steps_taken.append(self._trying)
            raise Violated("\n  ".join([str(error), *map(self._label, steps_taken)])) from error
        return Explored(len(executions), ends, executions[start], sum(len(tree.nodes) for tree in self._trees))

    def _start(self) -> _State:
        """Take the first steps of those that are ready before the others begin."""
        store, ghost = self._stores.number(self._scenario.store), self._remember(self._first)
        nodes = []
        for number, tree in enumerate(self._trees):
            at = 0
            ghost = self._reported(ghost, number, at)
            while tree.process.warm and not any(event.what == "ready" for event in tree.nodes[at].events):
                store, answer = self._stores.move(store, tree.nodes[at].pending[0], 0)
                at = tree.after(at, 0, answer)
                ghost = self._reported(ghost, number, at)
            nodes.append(at)
        scenario = self._scenario
        return (0, store, ghost, scenario.crashes, scenario.faults, (), tuple(nodes))

    def _steps(self, state: _State) -> Iterator[_Step]:
        """Yield every step that may come next."""
        scenario, time = self._scenario, state[0]
        asking = [
            (number, thread, call)
            for number, (tree, at) in enumerate(zip(self._trees, state[-1], strict=True))
            if at != DEAD
            for thread, call in enumerate(tree.nodes[at].pending)
            if call != ENDED
        ]
        ready = [ask for ask in asking if self._trees[ask[0]].process.starts <= time]
        for number, thread, call in ready:
            if self._quiet(state, number, thread, call):
                yield self._taken(state, number, thread, call)
                return

        for number, thread, call in ready:
            yield self._taken(state, number, thread, call)
            if state[4] and self._trees[number].process.mortal:
                yield from self._failed(state, number, thread, call)
        for call in dict.fromkeys(state[5]):
            yield self._lands(state, call)
        if state[3]:
            for number in dict.fromkeys(number for number, _, _ in ready):
                if self._trees[number].process.mortal and state[-1][number]:
                    yield (_DIES, number, 0, 0, _dead(state, number))
        if (
            asking
            and time + 1 < len(scenario.seconds)
            and not any(scenario.brittle(self._stores.calls[call]) for _, _, call in ready)
        ):
            yield (_TICKS, 0, 0, 0, (time + 1, *state[1:5], state[5] if scenario.lands_beyond else (), state[-1]))

    def _quiet(self, state: _State, number: int, thread: int, call: int) -> bool:
        sent = self._stores.calls[call]
        if not self._scenario.quiet(sent):
            return False
        assert not sent.writes, f"{sent} writes what the scenario calls quiet"
        return thread not in self._trees[number].nodes[state[-1][number]].begins

    def _taken(self, state: _State, number: int, thread: int, call: int) -> _Step:
        store, answer = self._stores.move(state[1], call, state[0])
        self._trying = _TAKEN, number, call, answer, state
        return _TAKEN, number, call, answer, self._moved(state, number, thread, call, store, answer)

    def _failed(self, state: _State, number: int, thread: int, call: int) -> Iterator[_Step]:
        lost = self._stores.answer(None, NoAnswer, state[0])
        self._trying = "(after a fault) " + _TAKEN, number, call, lost, state
        if self._stores.calls[call].writes:
            store, _ = self._stores.move(state[1], call, state[0])
            if store != state[1]:
                yield _LOST, number, call, 0, _fault(self._moved(state, number, thread, call, store, lost))
                sent = self._moved(state, number, thread, call, state[1], lost)
                yield _SENT, number, call, 0, _fault(sent, call)
        if self._scenario.away:
            away = self._stores.answer(None, StoreUnavailable, state[0])
            yield _AWAY, number, call, 0, _fault(self._moved(state, number, thread, call, state[1], away))

    def _lands(self, state: _State, call: int) -> _Step:
        time, before, ghost, crashes, faults, flying, nodes = state
        store, answer = self._stores.move(before, call, time)
        self._trying = _LANDS, 0, call, answer, state
        if store != before:
            ghost = self._landed(ghost, call, store)
        at = flying.index(call)
        left = (*flying[:at], *flying[at + 1 :])
        return _LANDS, 0, call, answer, (time, store, ghost, crashes, faults, left, nodes)

    def _moved(  # noqa: PLR0917  # called in the innermost loop
        self, state: _State, number: int, thread: int, call: int, store: int, answer: int
    ) -> _State:
        time, before, ghost, crashes, faults, flying, nodes = state
        tree = self._trees[number]
        if thread in tree.nodes[nodes[number]].begins:
            ghost = self._begins(ghost, number, thread)
        if store != before:
            ghost = self._landed(ghost, call, store)
        after = tree.after(nodes[number], thread, answer)
        if tree.nodes[after].events:
            ghost = self._reported(ghost, number, after)
        return (time, store, ghost, crashes, faults, flying, (*nodes[:number], after, *nodes[number + 1 :]))

    # -- what the rules say, each asked once ---------------------------------------------------------------------

    def _begins(self, ghost: int, number: int, thread: int) -> int:
        after = self._passed.get((ghost, 0, number, thread))
        if after is None:
            after = self._remember(self._rules.begins(self._remembered[ghost], number, thread))
            self._passed[ghost, 0, number, thread] = after
        return after

    def _reported(self, ghost: int, number: int, at: int) -> int:
        after = self._passed.get((ghost, 1, number, at))
        if after is None:
            past = self._remembered[ghost]
            for event in self._trees[number].nodes[at].events:
                past = self._rules.reported(past, number, event)
            after = self._passed[ghost, 1, number, at] = self._remember(past)
        return after

    def _landed(self, ghost: int, call: int, store: int) -> int:
        after = self._passed.get((ghost, 2, call, store))
        if after is None:
            after = self._remember(
                self._rules.landed(self._remembered[ghost], self._stores.calls[call], self._stores.store(store, 0.0))
            )
            self._passed[ghost, 2, call, store] = after
        return after

    def _check(self, state: _State) -> None:
        time, number, ghost, *_ = state
        if (number, ghost) in self._checked:
            return
        self._checked.add((number, ghost))
        store = self._stores.store(number, self._scenario.seconds[time])
        if number not in self._read:
            self._read.add(number)
            self._rules.readable(store)
        self._rules.whole(self._remembered[ghost], store)

    def _end(self, state: _State) -> None:
        _, number, ghost, *_, nodes = state
        store = self._settled.get(number)
        if store is None:
            store = self._settled[number] = self._rules.settled(self._stores.store(number, self._scenario.seconds[-1]))
        if (number, ghost) not in self._ended:
            self._ended.add((number, ghost))
            self._rules.finally_(self._remembered[ghost], store)
        for process, (tree, at) in enumerate(zip(self._trees, nodes, strict=True)):
            if at != DEAD and (number, process, at) not in self._asked:
                self._asked.add((number, process, at))
                self._rules.sees(tree.last(at, store, len(self._scenario.seconds)), store)

    def _remember(self, ghost: Ghost) -> int:
        number = self._ghosts.setdefault(ghost, len(self._remembered))
        if number == len(self._remembered):
            self._remembered.append(ghost)
        return number

    def _label(self, step: _Step) -> str:
        form, process, call, answer, _ = step
        answered = self._stores.answers[answer]
        return form.format(
            process=self._trees[process].process.name,
            call=self._stores.calls[call],
            answer=answered.value if answered.error is None else answered.error.__name__,
        )


def _dead(state: _State, number: int) -> _State:
    time, store, ghost, crashes, faults, flying, nodes = state
    return (time, store, ghost, crashes - 1, faults, flying, (*nodes[:number], DEAD, *nodes[number + 1 :]))


def _fault(state: _State, sent: int | None = None) -> _State:
    time, store, ghost, crashes, faults, flying, nodes = state
    flying = flying if sent is None else tuple(sorted((*flying, sent)))
    return (time, store, ghost, crashes, faults - 1, flying, nodes)
