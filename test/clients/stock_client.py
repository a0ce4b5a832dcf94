"""What Debian's python3-redis does with a server, as unittest cases: run by python.test.ts, or by hand as
python3 stock_client.py PORT."""

import sys
import threading
import time
import unittest

import redis

PORT = int(sys.argv.pop(1))


def connect(**options):
    return redis.Redis(port=PORT, **options)


class StockClient(unittest.TestCase):
    def setUp(self):
        self.redis = connect(decode_responses=True)
        self.redis.flushall()

    def tearDown(self):
        self.redis.close()

    def wait_for_blocked(self, count):
        while self.redis.info("clients")["blocked_clients"] != count:
            pass

    def in_background(self, work):
        result = []
        thread = threading.Thread(target=lambda: result.append(work()))
        thread.start()

        def outcome():
            thread.join()
            return result[0]

        return outcome

    def test_groups_hand_out_hold_as_pending_acknowledge_and_hand_over(self):
        self.redis.xgroup_create("orders", "g", id="0", mkstream=True)
        ids = [self.redis.xadd("orders", {"number": number}) for number in range(3)]
        [[stream, entries]] = self.redis.xreadgroup("g", "anna", {"orders": ">"}, count=2)
        self.assertEqual((stream, [entry[0] for entry in entries]), ("orders", ids[:2]))
        self.assertEqual(self.redis.xack("orders", "g", ids[0]), 1)
        summary = self.redis.xpending("orders", "g")
        self.assertEqual((summary["pending"], summary["min"]), (1, ids[1]))
        self.assertEqual(summary["consumers"], [{"name": "anna", "pending": 1}])
        claimed = self.redis.xautoclaim("orders", "g", "bert", 0)
        self.assertEqual(claimed[1], [(ids[1], {"number": "1"})])
        [pending] = self.redis.xpending_range("orders", "g", "-", "+", 10)
        self.assertEqual((pending["consumer"], pending["times_delivered"]), ("bert", 2))
        [group] = self.redis.xinfo_groups("orders")
        self.assertEqual((group["pending"], group["last-delivered-id"]), (1, ids[1]))
        self.assertEqual(self.redis.xinfo_stream("orders")["length"], 3)

    def test_a_consumer_that_blocks_is_woken(self):
        self.redis.xgroup_create("orders", "g", mkstream=True)
        consumer = connect(decode_responses=True)
        outcome = self.in_background(lambda: consumer.xreadgroup("g", "anna", {"orders": ">"}, block=5000))
        self.wait_for_blocked(1)
        entry_id = self.redis.xadd("orders", {"number": 1})
        self.assertEqual(outcome(), [["orders", [(entry_id, {"number": "1"})]]])

    def test_workers_that_block_are_served_in_the_order_of_their_coming(self):
        first = self.in_background(lambda: connect().blpop(["urgent", "queue"], 5))
        self.wait_for_blocked(1)
        second = self.in_background(lambda: connect().blmove("queue", "held", 5, "RIGHT", "LEFT"))
        self.wait_for_blocked(2)
        self.redis.rpush("queue", "a", "b")
        self.assertEqual(first(), (b"queue", b"a"))
        self.assertEqual(second(), b"b")
        self.assertIsNone(self.redis.brpop("nothing", 1))

    def test_subscribers_hear_by_channel_and_by_pattern(self):
        subscriber = self.redis.pubsub(ignore_subscribe_messages=False)
        subscriber.subscribe("news")
        subscriber.psubscribe("n?ws")
        self.assertEqual([subscriber.get_message(timeout=5)["data"] for _ in range(2)], [1, 2])
        self.assertEqual(self.redis.publish("news", "hello"), 2)
        heard = [subscriber.get_message(timeout=5) for _ in range(2)]
        self.assertEqual([(each["type"], each["data"]) for each in heard], [("message", "hello"), ("pmessage", "hello")])
        subscriber.close()

    def test_a_transaction_is_refused_when_a_watched_key_changed(self):
        with self.redis.pipeline() as pipe:
            pipe.watch("a")
            self.redis.set("a", "changed")
            pipe.multi()
            pipe.set("a", "mine")
            self.assertRaises(redis.WatchError, pipe.execute)
        self.assertEqual(self.redis.get("a"), "changed")
        self.assertEqual(self.redis.pipeline().set("b", 1).incr("b").execute(), [True, 2])

    def test_a_pipeline_of_thousands_is_answered_in_order(self):
        pipe = self.redis.pipeline(transaction=False)
        for _ in range(3000):
            pipe.incr("n")
        self.assertEqual(pipe.execute(), list(range(1, 3001)))

    def test_errors_keep_their_class(self):
        self.redis.set("s", "text")
        with self.assertRaisesRegex(redis.ResponseError, "^WRONGTYPE Operation against a key"):
            self.redis.lpush("s", "x")
        with self.assertRaisesRegex(redis.ResponseError, "NOGROUP"):
            self.redis.xreadgroup("g", "anna", {"missing": ">"})

    def test_bytes_of_any_value_come_back(self):
        raw = connect()
        everything = bytes(range(256))
        raw.set(everything, everything * 3)
        self.assertEqual(raw.get(everything), everything * 3)
        raw.xadd("s", {everything: everything})
        self.assertEqual(raw.xrange("s")[0][1], {everything: everything})

    def test_scan_sees_every_key(self):
        keys = {f"key:{number}" for number in range(500)}
        self.redis.mset({key: "v" for key in keys})
        self.assertEqual(set(self.redis.scan_iter("key:*", count=50)), keys)

    def test_expiry_is_told_and_kept(self):
        self.redis.set("soon", "gone", px=30)
        self.assertTrue(0 < self.redis.pttl("soon") <= 30)
        deadline = time.monotonic() + 5
        while self.redis.exists("soon") and time.monotonic() < deadline:
            pass
        self.assertIsNone(self.redis.get("soon"))

    def test_it_connects_anew_after_its_connection_was_killed(self):
        victim = connect(client_name="victim", decode_responses=True)
        self.assertEqual(victim.client_getname(), "victim")
        self.assertEqual(self.redis.client_kill_filter(_id=victim.client_id()), 1)
        self.assertTrue(victim.set("after", "all"))
        self.assertEqual(victim.client_getname(), "victim")

    def test_databases_are_apart(self):
        connect(db=3).set("here", "yes")
        self.assertIsNone(self.redis.get("here"))

    def test_the_server_tells_of_itself(self):
        self.assertIn("redis_version", self.redis.info())
        self.assertEqual(self.redis.config_get("appendonly")["appendonly"], "no")
        self.assertIn("get", self.redis.command())


if __name__ == "__main__":
    unittest.main()
