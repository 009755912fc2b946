"""The bounded queue: order, turns, what each policy gives up, and counts that always add up."""

import threading
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nsi_notebook.analytics.core.buffer import POLICIES, Buffer
from nsi_notebook.errors import EngineError, OptionError

WEIGHTS = (8, 4, 2, 1)


def adds_up(queue):
    counts = queue.counts()
    assert counts.offered == counts.taken + counts.dropped + counts.pending
    assert counts.pending == len(queue) <= queue.capacity
    return counts


@settings(deadline=None)
@given(
    st.sampled_from(POLICIES),
    st.integers(1, 6),
    st.lists(st.tuples(st.sampled_from(["put", "many", "take", "clear"]), st.integers(0, 3), st.integers(0, 9)), max_size=60),
)
def test_whatever_is_done_nothing_is_lost_silently(policy, capacity, steps):
    queue, number = Buffer(capacity, policy, weights=WEIGHTS), 0
    queue.may_wait = lambda: False
    accepted, out, cleared = 0, [], 0
    for what, lane, n in steps:
        if what == "take":
            out += queue.take(n)
        elif what == "clear":
            cleared += queue.clear()
        else:
            items = [(lane, number + i) for i in range(n if what == "many" else 1)]
            number += len(items)
            refused = queue.counts().refused
            try:
                if what == "many":
                    queue.put_many(items, lane)
                else:
                    queue.put(items[0], lane)
            except EngineError:
                assert policy in ("block", "error")
            accepted += len(items) if policy.startswith("drop") else 0
            assert policy in ("block", "error") or queue.counts().refused == refused == 0
        adds_up(queue)
    out += queue.take()
    counts = adds_up(queue)
    assert counts.taken == len(out)
    assert counts.pending == 0
    if policy.startswith("drop"):
        assert counts.offered == accepted
    else:
        assert counts.dropped == cleared
    for lane in range(4):
        mine = [n for at, n in out if at == lane]
        assert mine == sorted(mine)  # first in, first out
    assert len(set(out)) == len(out)


@given(st.lists(st.integers(0, 40), min_size=4, max_size=4), st.integers(1, 50))
def test_lanes_take_turns_by_weight(sizes, chunk):
    queue = Buffer(1000, weights=WEIGHTS)
    for lane, size in enumerate(sizes):
        queue.put_many([lane] * size, lane)
    out = []
    while found := queue.take(chunk):
        out += found
    assert Counter(out) == Counter({lane: size for lane, size in enumerate(sizes) if size})
    # while all lanes have some, every 15 in a row are 8, 4, 2 and 1 of them
    full = min(size // weight for size, weight in zip(sizes, WEIGHTS, strict=True))
    for turn in range(full):
        assert out[15 * turn : 15 * turn + 15] == [0] * 8 + [1] * 4 + [2] * 2 + [3]


def test_a_flood_in_one_lane_costs_the_others_nothing():
    for policy in ("drop-oldest", "drop-newest"):
        queue = Buffer(100, policy, weights=WEIGHTS)
        for n in range(1000):
            queue.put(n, 1)
            if n % 100 == 0:
                queue.put(n, 3)
        out = queue.take_runs()
        assert [n for lane, run in out if lane == 3 for n in run] == list(range(0, 1000, 100))
        kept = [n for lane, run in out if lane == 1 for n in run]
        assert kept == (list(range(910, 1000)) if policy == "drop-oldest" else kept[:90])
        assert adds_up(queue).dropped == 1010 - 100


def test_what_is_dropped_is_the_oldest_or_the_newest():
    oldest, newest = Buffer(2, "drop-oldest"), Buffer(2, "drop-newest")
    assert [oldest.put(n) for n in range(4)] == [True] * 4
    assert [newest.put(n) for n in range(4)] == [True, True, False, False]
    assert (oldest.take(), newest.take()) == ([2, 3], [0, 1])
    assert newest.put_many(range(5)) == 2


def test_the_only_place_goes_to_the_more_important():
    queue = Buffer(1, "drop-oldest", weights=WEIGHTS)
    assert queue.put("critical", 0)
    assert not queue.put("low", 3)
    assert queue.take() == ["critical"]


def test_error_refuses_all_or_none_and_says_how_full_it_is():
    queue = Buffer(3, "error")
    queue.put("a")
    with pytest.raises(EngineError, match="full: 1 of 3 wait"):
        queue.put_many("bcd")
    assert queue.take() == ["a"]
    assert queue.counts().refused == 3


def test_block_waits_for_room_and_raises_when_there_never_is_any():
    queue = Buffer(1, "block", patience=0.01)
    queue.put("a")
    with pytest.raises(EngineError, match=r"nothing was taken for 0\.01 s"):
        queue.put("b")
    queue.patience = 60
    done = threading.Thread(target=queue.put, args=("c",))
    done.start()
    out = queue.take(wait=60)
    done.join(60)
    assert out + queue.take() == ["a", "c"]


def test_closing_frees_those_that_wait():
    full, empty, errors = Buffer(1, "block"), Buffer(1), []

    def put():
        try:
            full.put("b")
        except EngineError as error:
            errors.append(error)

    full.put("a")
    threads = [threading.Thread(target=put), threading.Thread(target=empty.take, kwargs={"wait": 60})]
    for thread in threads:
        thread.start()
    full.close()
    empty.close()
    for thread in threads:
        thread.join(60)
    assert not any(thread.is_alive() for thread in threads)
    assert full.closed
    assert "closed" in str(errors[0])
    assert full.take() == ["a"]
    with pytest.raises(EngineError, match="closed: 2 not taken"):
        full.put_many("xy")


def test_the_first_that_waits_is_announced():
    queue, told = Buffer(), []
    queue.on_ready = lambda: told.append(len(queue))
    for step in ("a", "b"):
        queue.put(step)
    queue.take(1)
    queue.put("c")
    queue.take()
    queue.put_many("de")
    assert told == [1, 2]


@pytest.mark.parametrize("policy", POLICIES)
def test_ten_times_too_much_from_many_threads(policy):
    """Four producers, one consumer that is slow by taking ten at a time only when it is asked to."""
    queue, out, refused, n = Buffer(50, policy), [], [0] * 4, 5000
    done = threading.Event()

    def produce(who):
        for i in range(n):
            try:
                queue.put((who, i))
            except EngineError:
                refused[who] += 1

    def consume():
        while not done.is_set() or len(queue):
            out.extend(queue.take(10, wait=0.05))
            adds_up(queue)

    threads = [threading.Thread(target=produce, args=(who,)) for who in range(4)]
    consumer = threading.Thread(target=consume)
    for thread in (*threads, consumer):
        thread.start()
    for thread in threads:
        thread.join(120)
    done.set()
    consumer.join(120)
    counts = adds_up(queue)
    assert counts.offered + counts.refused == 4 * n
    assert counts.refused == sum(refused)
    assert counts.taken == len(out) == len(set(out))
    assert policy == "error" or not sum(refused)
    assert policy.startswith("drop") or not counts.dropped
    for who in range(4):
        mine = [i for at, i in out if at == who]
        assert mine == sorted(mine)


@pytest.mark.parametrize(
    ("attempt", "said"),
    [
        (lambda: Buffer(0), "capacity of a queue is 0"),
        (lambda: Buffer(2.5), "capacity of a queue is 2.5"),
        (lambda: Buffer(policy="drop"), "unknown policy 'drop'"),
        (lambda: Buffer(weights=()), "weights of lanes"),
        (lambda: Buffer(weights=(1, 0)), "weights of lanes"),
    ],
)
def test_bad_options_are_refused(attempt, said):
    with pytest.raises(OptionError, match=said):
        attempt()
