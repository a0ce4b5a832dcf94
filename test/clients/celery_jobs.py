"""Tasks of Celery, unchanged, as Debian has it. Both sides load this file: the worker as `python3 -m celery -A
celery_jobs worker`, the client as `python3 celery_jobs.py ACTION`. PORT is in the environment."""

import json
import os
import sys
import time
import unittest

from celery import Celery, chain, chord, group

SERVER = f"redis://127.0.0.1:{os.environ['PORT']}"
PATIENCE_SECONDS = 40

app = Celery("celery_jobs", broker=f"{SERVER}/0", backend=f"{SERVER}/1")
app.conf.update(
    task_acks_late=True,
    # A message that nobody has acknowledged for so long is handed out again.
    broker_transport_options={"visibility_timeout": 3},
    broker_connection_retry_on_startup=True,
    worker_prefetch_multiplier=1,
    # The worker has the module under its own name, the client as __main__.
    task_default_queue="mill",
)


@app.task(name="add")
def add(a, b):
    return a + b


@app.task(name="hold")
def hold():
    """Keeps the worker, which takes nothing else meanwhile; only the first time, since it may run again."""
    if app.backend.client.set("held", 1, nx=True):
        time.sleep(2)


@app.task(name="total")
def total(numbers):
    return sum(numbers)


@app.task(name="flaky", bind=True, max_retries=3)
def flaky(self):
    if self.request.retries < 2:
        raise self.retry(countdown=0.1)
    return self.request.retries


@app.task(name="doomed")
def doomed():
    raise ValueError("no use")


class Cases(unittest.TestCase):
    def test_a_result_comes_back(self):
        self.assertEqual(add.delay(2, 3).get(timeout=PATIENCE_SECONDS), 5)

    def test_many_are_all_done(self):
        results = group(add.s(number, number) for number in range(100))()
        self.assertEqual(results.get(timeout=PATIENCE_SECONDS), [2 * number for number in range(100)])

    def test_a_chain_hands_on_and_a_chord_gathers(self):
        self.assertEqual(chain(add.s(1, 2), add.s(3), add.s(4))().get(timeout=PATIENCE_SECONDS), 10)
        gathered = chord([add.s(number, 1) for number in range(10)])(total.s())
        self.assertEqual(gathered.get(timeout=PATIENCE_SECONDS), 55)

    def test_a_task_is_tried_again(self):
        self.assertEqual(flaky.delay().get(timeout=PATIENCE_SECONDS), 2)

    def test_a_failure_comes_back(self):
        with self.assertRaisesRegex(ValueError, "no use"):
            doomed.delay().get(timeout=PATIENCE_SECONDS)

    def test_a_task_waits_for_its_time(self):
        self.assertEqual(add.apply_async((1, 1), countdown=0.5).get(timeout=PATIENCE_SECONDS), 2)

    def test_the_worker_answers_when_spoken_to(self):
        self.assertEqual([list(each.values()) for each in app.control.ping(timeout=5, limit=1)], [[{"ok": "pong"}]])


def send():
    ids = [add.delay(number, number).id for number in range(60)]
    hold.delay()
    ids += [add.delay(number, number).id for number in range(60, 200)]
    print(json.dumps(ids))


def collect():
    print(json.dumps([app.AsyncResult(each).get(timeout=PATIENCE_SECONDS) for each in json.load(sys.stdin)]))


if __name__ == "__main__":
    action = sys.argv.pop(1)
    {"cases": unittest.main, "send": send, "collect": collect}[action]()
