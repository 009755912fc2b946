"""Events: the guarantees of the docstring, each by running into it."""

import asyncio
import random
import threading
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nsi_notebook.analytics.core.events import EventSystem, Priority
from nsi_notebook.analytics.core.topics import matches
from nsi_notebook.errors import EngineError, OptionError

LONG = 60


def adds_up(events):
    """Counts of the system and of each subscription, which add up."""
    counts = events.counts()
    assert counts.offered == counts.taken + counts.dropped + counts.pending
    for handle in events.subscriptions:
        got = handle.counts()
        assert got.received == got.handled + got.filtered + got.failed + got.dropped + got.pending
        assert min(got) >= 0
    return counts


def run_with(events, scenario):
    """Run the dispatching coroutine in this thread's loop, and a scenario in another thread, which closes."""

    async def main():
        running = asyncio.create_task(events.run())
        try:
            return await asyncio.wait_for(asyncio.to_thread(scenario), LONG)
        finally:
            await asyncio.to_thread(events.close, 0.0)
            await asyncio.wait_for(running, LONG)

    return asyncio.run(main())


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(["a", "a.b", "a.c", "b.c.d"]), st.sampled_from(Priority)), max_size=80),
    st.lists(st.sampled_from(["a", "a.*", "**", "*.c.**", "b.**"]), max_size=4),
    st.booleans(),
)
def test_each_gets_what_fits_once_and_in_order(published, patterns, inline):
    events = EventSystem(inline=inline)
    got = [[] for _ in patterns]
    for pattern, seen in zip(patterns, got, strict=True):
        events.subscribe(pattern, seen.append)
    for n, (topic, priority) in enumerate(published):
        events.publish(topic, n, priority)
    events.dispatch()
    for pattern, seen in zip(patterns, got, strict=True):
        wanted = [n for n, (topic, _) in enumerate(published) if matches(pattern, topic)]
        assert sorted(event.payload for event in seen) == wanted
        for priority in Priority:
            mine = [event.payload for event in seen if event.priority is priority]
            assert mine == sorted(mine)
    assert adds_up(events).taken == len(published)


def test_priorities_are_weighted_and_none_starves():
    events, seen = EventSystem(), []
    events.subscribe("x", lambda event: seen.append(event.priority))
    for priority in reversed(Priority):
        for _ in range(100):
            events.publish("x", priority=priority)
    events.dispatch()
    turn = [Priority.CRITICAL] * 8 + [Priority.HIGH] * 4 + [Priority.NORMAL] * 2 + [Priority.LOW]
    assert seen[:150] == turn * 10
    assert len(seen) == 400


@pytest.mark.parametrize("policy", ["drop-oldest", "drop-newest"])
def test_low_gets_through_a_flood_of_critical_ones(policy):
    """Ten times what is taken, for long: all LOW events are handled, and the CRITICAL ones get the rest."""
    events, seen = EventSystem(200, policy), []
    events.subscribe("x", lambda event: seen.append(event.priority))
    for round in range(60):
        for _ in range(1200):
            events.publish("x", priority=Priority.CRITICAL)
        events.publish("x", priority=Priority.LOW)
        if round % 2:
            events.dispatch()
    assert seen.count(Priority.LOW) == 60
    assert seen.count(Priority.CRITICAL) == 30 * 200 - 60
    adds_up(events)


def test_a_handler_that_raises_harms_nobody(caplog):
    events, seen = EventSystem(inline=True, dead_letters=3), []

    def bad(event):
        raise ValueError(f"no {event.payload}")

    handle = events.subscribe("x", bad, name="bad")
    picky = events.subscribe("x", seen.append, where=lambda event: 1 / (event.payload - 2))
    events.subscribe("x", seen.append)
    for n in range(5):
        events.publish("x", n)
    assert (handle.counts().failed, picky.counts().failed, len(seen)) == (5, 1, 9)
    assert len(events.dead_letters) == 3
    letter = events.dead_letters[-1]
    assert (letter.event.payload, letter.subscription, str(letter.error)) == (4, "bad", "no 4")
    assert "in bad" in letter.traceback
    assert sum("the handler of bad failed" in r.message for r in caplog.records) == 1  # the first tells
    adds_up(events)


def test_where_filters_and_counts():
    events, seen = EventSystem(inline=True), []
    handle = events.subscribe("x", seen.append, where=lambda event: event.payload % 2)
    for n in range(10):
        events.publish("x", n)
    assert [event.payload for event in seen] == [1, 3, 5, 7, 9]
    assert handle.counts()[:3] == (10, 5, 5)


def test_history_is_replayed_without_gap_or_double():
    events, late, last, none = EventSystem(inline=True, history=5), [], [], []
    for n in range(10):
        events.publish("even" if n % 2 == 0 else "odd", n)
    events.subscribe("even", late.append, replay=True)
    events.subscribe("**", last.append, replay=2)
    events.subscribe("**", none.append)
    events.publish("even", 10)
    assert [event.payload for event in late] == [6, 8, 10]
    assert [event.payload for event in last] == [8, 9, 10]
    assert [event.payload for event in none] == [10]
    assert [event.payload for event in events.history] == [6, 7, 8, 9, 10]


def test_replay_while_others_publish_misses_none():
    events, n = EventSystem(history=100_000), 3000
    got = {}

    def publish():
        for i in range(n):
            events.publish("x", i)

    def subscribe():
        for k in range(20):
            got[k] = []
            events.subscribe("x", lambda event, k=k: got[k].append(event.payload), replay=True, max_queue=n)
            events.dispatch()

    threads = [threading.Thread(target=publish), threading.Thread(target=subscribe), threading.Thread(target=events.dispatch)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(LONG)
    events.drain(LONG)
    assert all(seen == list(range(n)) for seen in got.values())


def test_after_cancel_no_call_begins():
    events, seen = EventSystem(), []
    handle = events.subscribe("x", lambda event: (seen.append(event.payload), event.payload == 3 and handle.cancel()))
    for n in range(10):
        events.publish("x", n)
    events.dispatch()
    events.publish("x", 99)
    events.dispatch()
    assert seen == [0, 1, 2, 3]
    counts = handle.counts()
    assert (counts.received, counts.handled, counts.dropped, counts.pending) == (10, 4, 6, 0)
    assert events.subscriptions == ()
    handle.cancel()  # twice is as once


def test_publishing_in_a_handler_comes_after_not_within():
    events, seen = EventSystem(inline=True), []

    def chain(event):
        seen.append(("begin", event.payload))
        if event.payload < 3:
            events.publish("x", event.payload + 1)
        seen.append(("end", event.payload))

    events.subscribe("x", chain)
    events.publish("x", 0)
    assert seen == [(what, n) for n in range(4) for what in ("begin", "end")]


def test_a_handler_is_told_rather_than_left_to_wait_for_itself():
    events = EventSystem(2, "block", inline=True)

    def flood(event):
        for _ in range(3):
            events.publish("y")

    events.subscribe("x", flood)
    events.publish("x")
    assert "the queue is full: 2 of 2" in str(events.dead_letters[0].error)

    def drains(event):
        events.drain()

    events.subscribe("z", drains)
    events.publish("z")
    assert "cannot wait until all handlers are done" in str(events.dead_letters[1].error)
    adds_up(events)


def test_an_interrupt_loses_only_the_event_in_hand():
    events, seen = EventSystem(), []

    def handler(event):
        if event.payload == 1:
            raise KeyboardInterrupt
        seen.append(event.payload)

    handle = events.subscribe("x", handler)
    for n in range(4):
        events.publish("x", n)
    with pytest.raises(KeyboardInterrupt):
        events.dispatch()
    events.dispatch()
    assert seen == [0, 2, 3]
    assert handle.counts().failed == 1
    assert "interrupted by KeyboardInterrupt" in str(events.dead_letters[0].error)


@pytest.mark.parametrize("slow", [True, False])
def test_a_handler_that_exits_does_not_end_the_thread(slow):
    events, seen = EventSystem(), []

    def handler(event):
        if event.payload % 3 == 0:
            raise SystemExit
        seen.append(event.payload)

    def scenario():
        handle = events.subscribe("x", handler, slow=slow)
        for n in range(10):
            events.publish("x", n)
        events.drain(LONG)
        assert handle.counts()[:4] == (10, 6, 0, 4)

    run_with(events, scenario)
    assert seen == [1, 2, 4, 5, 7, 8]


def test_a_slow_handler_delays_only_itself():
    events, gate, fast = EventSystem(), threading.Event(), []
    slow = events.subscribe("x", lambda event: gate.wait(LONG), slow=True, max_queue=10)
    events.subscribe("x", fast.append)
    for n in range(100):
        events.publish("x", n)
    events.dispatch()
    assert len(fast) == 100
    counts = slow.counts()
    assert counts.received == 100
    assert counts.handled == 0
    assert counts.pending + counts.dropped == 100
    assert counts.dropped >= 100 - 10 - 15
    gate.set()
    events.drain(LONG)
    counts = slow.counts()
    assert counts.handled + counts.dropped == 100
    assert events.close() == 0


def test_slow_handlers_are_called_one_event_at_a_time_and_in_order():
    events, seen, inside, most = EventSystem(workers=3), {k: [] for k in range(6)}, [0] * 6, [0] * 6

    def handler(event, k):
        inside[k] += 1
        most[k] = max(most[k], inside[k])
        seen[k].append(event.payload)
        inside[k] -= 1

    for k in range(6):
        events.subscribe("x", lambda event, k=k: handler(event, k), slow=True, max_queue=5000)
    publisher = threading.Thread(target=lambda: [events.publish("x", n) for n in range(3000)])
    publisher.start()
    while publisher.is_alive():
        events.dispatch()
    events.drain(LONG)
    assert all(one == list(range(3000)) for one in seen.values())
    assert most == [1] * 6
    assert events.close() == 0


def test_handlers_that_never_return_do_not_stop_the_others_under_run():
    """One not declared slow holds the dispatching thread; five declared slow hold the four threads for such."""
    events, gate, n = EventSystem(budget=0.05), threading.Event(), 200
    seen, also, done, done_too = [], [], threading.Event(), threading.Event()

    def fine(event):
        seen.append(event.payload)
        if len(seen) == n:
            done.set()

    def fine_too(event):
        also.append(event.payload)
        if len(also) == n:
            done_too.set()

    def scenario():
        stuck = [events.subscribe("x", lambda event: gate.wait(LONG), slow=k > 0, max_queue=7, name=f"s{k}") for k in range(6)]
        events.subscribe("x", fine)
        events.subscribe("x", fine_too, slow=True)
        for k in range(n):
            events.publish("x", k)
        assert done.wait(LONG)
        assert done_too.wait(LONG)
        end = time.monotonic() + LONG
        while not stuck[0].slow and time.monotonic() < end:
            events.publish("y")
        assert stuck[0].slow  # found out
        with pytest.raises(EngineError, match=r"(\d+) events were not handled in time: busy are s0 on 'x', s1 on 'x'") as caught:
            events.drain(0.05)
        left = int(caught.value.message.split()[0])
        assert left == sum(handle.counts().pending for handle in stuck) > 0
        adds_up(events)
        gate.set()
        events.drain(LONG)
        for handle in stuck:
            counts = handle.counts()
            assert counts.received == n == counts.handled + counts.dropped

    run_with(events, scenario)
    adds_up(events)
    assert seen == also == list(range(n))


def test_coroutine_functions_run_in_the_loop_in_order():
    events, seen, loops = EventSystem(), [], set()

    async def handler(event):
        await asyncio.sleep(0)
        loops.add(id(asyncio.get_running_loop()))
        seen.append(event.payload)
        if event.payload == 5:
            raise ValueError("five")

    def scenario():
        events.subscribe("x", handler, max_queue=1000, where=lambda event: event.payload != 7)
        for n in range(500):
            events.publish("x", n)
        events.drain(LONG)
        adds_up(events)

    run_with(events, scenario)
    assert seen == [n for n in range(500) if n != 7]
    assert len(loops) == 1
    assert "five" in events.dead_letters[0].traceback


@pytest.mark.parametrize("inline", [True, False])
def test_coroutine_functions_run_without_a_loop_of_the_system_too(inline):
    async def handler(event):
        await asyncio.sleep(0)
        seen.append(event.payload)

    seen, events = [], EventSystem(inline=inline)
    events.subscribe("x", handler)
    events.publish("x", 1)
    events.drain(LONG)

    async def within():
        events.publish("x", 2)
        events.dispatch()
        while len(seen) < 2:
            await asyncio.sleep(0)

    asyncio.run(asyncio.wait_for(within(), LONG))
    assert seen == [1, 2]


def test_what_a_cancelled_loop_did_not_do_waits_for_the_next():
    events, seen = EventSystem(), []

    async def handler(event):
        if not seen:
            seen.append("begun")
            await asyncio.sleep(LONG)
        seen.append(event.payload)

    handle = events.subscribe("x", handler)

    async def first():
        running = asyncio.create_task(events.run())
        for n in range(3):
            events.publish("x", n)
        while not seen:
            await asyncio.sleep(0)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)

    asyncio.run(asyncio.wait_for(first(), LONG))
    assert handle.counts().pending == 3
    run_with(events, lambda: events.drain(LONG))
    assert seen == ["begun", 0, 1, 2]


def test_only_one_runs_the_events():
    async def twice(events):
        running = asyncio.create_task(events.run())
        await asyncio.sleep(0)
        try:
            with pytest.raises(EngineError, match="dispatched already"):
                await events.run()
        finally:
            running.cancel()

    asyncio.run(twice(EventSystem()))
    with pytest.raises(EngineError, match="inline"):
        asyncio.run(EventSystem(inline=True).run())


@pytest.mark.parametrize("policy", ["block", "drop-oldest", "drop-newest", "error"])
def test_ten_times_too_much_on_each_policy_adds_up(policy):
    """Four threads publish as fast as they can at a queue of 50 whose consumers are slower; nothing is lost silently."""
    events, n, refused = EventSystem(50, policy), 1500, [0] * 4
    seen = []

    def handler(event):
        seen.append(event.payload)
        sum(range(500))  # slower than those who publish

    def publish(who):
        for i in range(n):
            try:
                events.publish(f"x.{who}", (who, i), random.choice(list(Priority)))
            except EngineError:
                refused[who] += 1

    def scenario():
        events.subscribe("x.*", handler)
        events.subscribe("x.1", seen.append, slow=True, where=lambda event: False, max_queue=5)
        threads = [threading.Thread(target=publish, args=(who,)) for who in range(4)]
        for thread in threads:
            thread.start()
        while any(thread.is_alive() for thread in threads):
            adds_up(events)
        events.drain(LONG)

    run_with(events, scenario)
    counts = adds_up(events)
    assert counts.offered + counts.refused == 4 * n
    assert counts.refused == sum(refused)
    assert counts.taken == len(seen) == len(set(seen))
    assert counts.pending == 0
    assert (counts.dropped > 0) <= policy.startswith("drop")
    assert policy == "error" or not counts.refused


def test_a_clock_that_goes_backwards_changes_no_order(monkeypatch):
    ticks = iter([3_000, 2_000, 1_000])
    monkeypatch.setattr("nsi_notebook.analytics.core.events._clock", lambda: next(ticks))
    events, seen = EventSystem(inline=True), []
    events.subscribe("x", seen.append)
    for n in range(3):
        events.publish("x", n)
    assert [(event.payload, event.time) for event in seen] == [(0, 3), (1, 2), (2, 1)]
    assert adds_up(events).taken == 3


def test_the_time_and_the_number_of_an_event():
    events, seen = EventSystem(inline=True), []
    events.subscribe("x", seen.append)
    before = time.time_ns()
    events.publish("x")
    events.publish("x")
    assert before <= seen[0].ns <= time.time_ns()
    assert seen[0].id != seen[1].id


def test_a_closed_system_takes_nothing_and_tells_what_was_left():
    gate, seen = threading.Event(), []
    with EventSystem() as events:
        events.subscribe("x", seen.append)
        events.publish("x")
    assert len(seen) == 1
    with pytest.raises(EngineError, match="closed"):
        events.publish("x")
    other = EventSystem()
    other.subscribe("x", lambda event: gate.wait(LONG), slow=True)
    for _ in range(3):
        other.publish("x")
    assert other.close(0.01) == 3
    gate.set()


def test_topics_without_end_do_not_fill_the_memory(monkeypatch):
    monkeypatch.setattr("nsi_notebook.analytics.core.events.TOPICS", 10)
    events, seen = EventSystem(), []
    events.subscribe("frame.*", seen.append)
    for n in range(100):
        events.publish(f"frame.{n}", n)
    events.dispatch()
    assert len(seen) == 100
    assert max(len(events._routes), len(events._known)) <= 10


def test_a_subscription_shows_what_became_of_it():
    events = EventSystem(inline=True)
    handle = events.subscribe("x", [].append, name="mine")
    assert repr(handle) == "<Subscription mine: x; nothing yet>"
    events.publish("x")
    assert repr(handle) == "<Subscription mine: x; received=1, handled=1>"


@pytest.mark.parametrize(
    ("attempt", "said"),
    [
        (lambda e: e.publish("a..b"), "is no topic"),
        (lambda e: e.publish(["a"]), "is no topic"),
        (lambda e: e.publish("a", priority="high"), "Priority.HIGH"),
        (lambda e: e.subscribe("a*", print), "is no pattern"),
        (lambda e: e.subscribe("a", "print"), "cannot be called"),
        (lambda e: e.subscribe("a", print, policy="block"), "policy of a subscription"),
        (lambda e: e.subscribe("a", print, max_queue=0), "capacity of a queue is 0"),
        (lambda e: EventSystem(workers=0), "workers is 0"),
        (lambda e: EventSystem(history=-1), "history is -1"),
    ],
)
def test_bad_options_are_refused_in_one_line(attempt, said):
    with pytest.raises(OptionError, match=said):
        attempt(EventSystem())
