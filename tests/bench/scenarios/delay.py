"""What a long way to a database costs: the same job with 0, 5 and 50 ms of round trip to one of its sides."""

import re

from scenario import Goal, Scenario
from shapes import Partitions
from support.relay import Relay, told_of_a_relay

ROUND_TRIPS = {5: 1.5, 50: 4.0}  # ms, and how many times as long the job may take


class Delay(Scenario):
    name, title = "delay", "MariaDB metastore into one on PostgreSQL, over a long way"
    normal, tiny = 200_000, 1_000

    def prepare(self):
        self.filled = self.lab.filled("mariadb", Partitions, self.size)
        self.describe(self.filled)
        self.lab.server("postgresql")
        self.relays = {}
        for side, engine in (("source", "mariadb"), ("target", "postgresql")):
            for trip in (0, *ROUND_TRIPS):
                relay = self.relays[side, trip] = Relay(self.lab.server(engine).port, trip)
                self.lab.closing.callback(relay.close)
        self.carried = {trip: told_of_a_relay(trip) for trip in (0, *ROUND_TRIPS)}
        self.data["relay"] = {f"{trip} ms": {"round_trip_ms": measured, "mb_per_second": speed}
                              for trip, (measured, speed) in self.carried.items()}
        self.notes.append("relay on loopback, which delays each byte and bounds neither speed nor what is under way: "
                          + ", ".join(f"{trip} ms: {measured:.1f} ms and {speed:,.0f} MB/s measured"
                                      for trip, (measured, speed) in self.carried.items()))

    def round(self, number):
        for side in ("source", "target"):
            for trip in (0, *ROUND_TRIPS):
                target = self.lab.empty("postgresql", "target")
                ends = {"source": self.filled.database.endpoint, "target": target.endpoint}
                url = re.sub(r":\d+/", f":{self.relays[side, trip].port}/", ends[side]["url"])
                ends[side] = {**ends[side], "url": url}
                job = self.lab.job(ends["source"], ends["target"])
                self.take(self._step(side, trip), self.lab.metaferry("run", job), objects=self.size)
                self.lab.discard(job)
        self.lab.server("postgresql").drop_database("target")

    @staticmethod
    def _step(side, trip):
        return f"{trip} ms to the {side}"

    def goals(self):
        against = [Goal(f"{self._step(side, trip)} / 0 ms",
                        self.median(self._step(side, trip)) / self.median(self._step(side, 0)), bound)
                   for side in ("source", "target") for trip, bound in ROUND_TRIPS.items()]
        slowest = min(speed for _, speed in self.carried.values())
        return [*against, Goal("what a connection through the relay carries", slowest, 200, "MB/s", at_least=True)]
