"""Threads for what is slow: jobs that never return do not stop the others."""

import logging
import threading

from nsi_notebook.analytics.core.workers import Workers


def test_no_more_jobs_run_at_once_than_there_are_threads():
    workers, gate, started = Workers(2, 60, "test"), threading.Event(), threading.Semaphore(0)
    done, ended = [], threading.Semaphore(0)

    def job(n):
        started.release()
        gate.wait(60)
        done.append(n)
        ended.release()

    for n in range(5):
        workers.submit(lambda n=n: job(n))
    assert started.acquire(timeout=60)
    assert started.acquire(timeout=60)
    assert not started.acquire(timeout=0.05)
    gate.set()
    for _ in range(3):
        assert started.acquire(timeout=60)
    for _ in range(5):
        assert ended.acquire(timeout=60)
    workers.stop()
    assert sorted(done) == [0, 1, 2, 3, 4]
    assert workers.written_off == 0


def test_a_job_that_does_not_return_is_written_off_and_replaced():
    workers, gate, stuck = Workers(1, 0.0, "test"), threading.Event(), threading.Event()
    ended = threading.Event()

    def never():
        stuck.set()
        gate.wait(60)
        ended.set()

    workers.submit(never)
    assert stuck.wait(60)
    for _ in range(2):
        done = threading.Event()
        workers.submit(done.set)
        assert done.wait(60)
    assert workers.written_off >= 1
    gate.set()
    assert ended.wait(60)
    workers.stop()
    workers.submit(ended.clear)  # too late: nobody does it
    assert ended.is_set()


def test_a_job_that_raises_is_logged_and_the_thread_goes_on(caplog):
    workers, done = Workers(1, 60, "test"), threading.Event()
    with caplog.at_level(logging.ERROR):
        workers.submit(lambda: 1 / 0)
        workers.submit(done.set)
        assert done.wait(60)
    workers.stop()
    assert "a job of test failed" in caplog.text
    assert "ZeroDivisionError" in caplog.text
