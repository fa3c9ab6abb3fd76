"""A metastore into an empty metastore on the same server, against dump and load into the same schema."""

from peers import PEERS
from scenario import Goal, Scenario
from shapes import Partitions


class BetweenDatabases(Scenario):
    engine = ""

    def prepare(self):
        self.peer = PEERS[self.engine](self.lab)
        self.base = self.peer.load_name
        self.filled = self.lab.filled(self.engine, Partitions, self.size)
        self.describe(self.filled)
        self.notes.append("both load into a new Hive 3.1.0 schema with all its keys and indexes")

    def round(self, number):
        server = self.lab.server(self.engine)
        peers = self.lab.empty(self.engine, "peer")
        loaded = self.peer.dump_and_load(self.filled.database.name, peers.name)
        self.take(self.base, loaded, peer=True, objects=self.size)
        self.assert_whole(peers)
        server.drop_database(peers.name)
        target = self.lab.empty(self.engine, "target")
        job = self.lab.job(self.filled.database.endpoint, target.endpoint)
        self.take("run, empty target", self.lab.metaferry("run", job), objects=self.size)
        self.assert_whole(target)
        self.take("run again, unchanged", self.lab.metaferry("run", job), objects=self.size)
        self.lab.discard(job)
        server.drop_database(target.name)

    def assert_whole(self, database):
        found = database.value("SELECT COUNT(*) FROM `PARTITIONS`")
        assert found == self.size, f"{found} of {self.size} partitions arrived in {database.name}"

    def goals(self):
        again = self.median("run again, unchanged") / self.median("run, empty target")
        return [self.ratio_goal(f"run, empty target / {self.base}", "run, empty target", 1.0),
                Goal("run again, unchanged / run, empty target", again, 0.25)]


class MariaDbToMariaDb(BetweenDatabases):
    name, title = "mariadb_to_mariadb", "MariaDB metastore into an empty metastore on MariaDB"
    engine = "mariadb"


class PostgreSqlToPostgreSql(BetweenDatabases):
    name, title = "postgresql_to_postgresql", "PostgreSQL metastore into an empty metastore on PostgreSQL"
    engine = "postgresql"
