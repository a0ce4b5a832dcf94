"""What Debian's python3-redis does with a server, as unittest cases: run by python.test.ts, or by hand as
python3 stock_client.py PORT."""

import asyncio
import sys
import threading
import time
import unittest

import redis
import redis.asyncio

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
        self.redis.set("soon", "gone", px=300)
        self.assertTrue(0 < self.redis.pttl("soon") <= 300)
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

    def test_a_monitor_hears_what_others_ask_for(self):
        other = connect(db=3)
        with self.redis.monitor() as monitor:
            other.set("key", 'a "text"')
            while True:
                heard = monitor.next_command()
                if heard["command"].startswith("SET"):
                    break
        self.assertEqual((heard["db"], heard["client_type"]), (3, "tcp"))
        self.assertEqual(heard["command"], 'SET key a "text"')


class AsyncClient(unittest.IsolatedAsyncioTestCase):
    """The same package's client for asyncio: one thread, many connections."""

    def connect(self, **options):
        client = redis.asyncio.Redis(port=PORT, decode_responses=True, **options)
        self.addAsyncCleanup(client.close, close_connection_pool=True)
        return client

    async def asyncSetUp(self):
        self.redis = self.connect()
        await self.redis.flushall()

    async def wait_for_blocked(self, count):
        while (await self.redis.info("clients"))["blocked_clients"] != count:
            pass

    async def test_many_ask_at_once(self):
        numbers = await asyncio.gather(*(self.redis.incr("n") for _ in range(200)))
        self.assertEqual(sorted(numbers), list(range(1, 201)))

    async def test_workers_and_consumers_wait_beside_each_other(self):
        await self.redis.xgroup_create("orders", "g", mkstream=True)
        worker = asyncio.create_task(self.redis.blpop(["urgent", "queue"], 5))
        await self.wait_for_blocked(1)
        consumer = asyncio.create_task(self.redis.xreadgroup("g", "anna", {"orders": ">"}, block=5000))
        await self.wait_for_blocked(2)
        entry_id = await self.redis.xadd("orders", {"number": 1})
        await self.redis.rpush("queue", "job")
        self.assertEqual(await worker, ("queue", "job"))
        self.assertEqual(await consumer, [["orders", [(entry_id, {"number": "1"})]]])
        self.assertIsNone(await self.redis.blpop("nothing", 1))

    async def test_a_wait_that_is_given_up_takes_nothing(self):
        worker = asyncio.create_task(self.redis.blpop("queue", 5))
        await self.wait_for_blocked(1)
        worker.cancel()
        with self.assertRaises(asyncio.CancelledError):
            await worker
        await self.wait_for_blocked(0)
        await self.redis.rpush("queue", "job")
        self.assertEqual(await self.redis.llen("queue"), 1)

    async def test_subscribers_hear(self):
        async with self.redis.pubsub(ignore_subscribe_messages=True) as subscriber:
            await subscriber.subscribe("news")
            await subscriber.psubscribe("n?ws")
            while await self.redis.publish("news", "hello") != 2:
                pass
            heard = []
            async for message in subscriber.listen():
                heard.append((message["type"], message["data"]))
                if len(heard) == 2:
                    break
            self.assertEqual(heard, [("message", "hello"), ("pmessage", "hello")])

    async def test_a_transaction_is_tried_again_when_a_watched_key_changed(self):
        await self.redis.set("a", 1)
        attempts = []

        async def double(pipe):
            value = int(await pipe.get("a"))
            attempts.append(value)
            if len(attempts) == 1:
                await self.redis.set("a", 5)
            pipe.multi()
            pipe.set("a", 2 * value)

        self.assertEqual(await self.redis.transaction(double, "a"), [True])
        self.assertEqual((attempts, await self.redis.get("a")), ([1, 5], "10"))

    async def test_a_lock_is_held_by_one_at_a_time(self):
        at_work = 0
        most = 0

        async def work():
            nonlocal at_work, most
            async with self.redis.lock("lock", timeout=10, sleep=0.005):
                at_work += 1
                most = max(most, at_work)
                await self.redis.incr("done")
                at_work -= 1

        await asyncio.gather(*(work() for _ in range(10)))
        self.assertEqual((most, await self.redis.get("done")), (1, "10"))

    async def test_scripts_and_scans(self):
        script = self.redis.register_script("return {KEYS[1], ARGV[1], redis.call('INCR', KEYS[1])}")
        self.assertEqual(await script(keys=["k"], args=["v"]), ["k", "v", 1])
        await self.redis.mset({f"key:{number}": "v" for number in range(300)})
        self.assertEqual(len({key async for key in self.redis.scan_iter("key:*", count=50)}), 300)

    async def test_it_connects_anew_after_its_connection_was_killed(self):
        victim = self.connect(client_name="victim", single_connection_client=True)
        async with victim:
            self.assertEqual(await victim.client_getname(), "victim")
            victim_id = await victim.client_id()
            self.assertEqual(await self.redis.client_kill_filter(_id=victim_id), 1)
            # This version tells its caller of a lost connection, and has a new one for the next command.
            with self.assertRaises(redis.ConnectionError):
                await victim.set("after", "all")
            self.assertTrue(await victim.set("after", "all"))
            self.assertEqual(await victim.client_getname(), "victim")


if __name__ == "__main__":
    unittest.main()
