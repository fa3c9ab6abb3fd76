"""Every scenario there is, in the order in which they are run."""

from scenarios.between_databases import MariaDbToMariaDb, PostgreSqlToPostgreSql
from scenarios.delay import Delay
from scenarios.memory import Memory, Memory10M
from scenarios.other_shapes import ManyTables, UglyOnes
from scenarios.service import Service, SparkCopy
from scenarios.to_embedded import MariaDbToEmbedded, PostgreSqlToEmbedded

SCENARIOS = {scenario.name: scenario for scenario in (
    MariaDbToEmbedded, PostgreSqlToEmbedded, MariaDbToMariaDb, PostgreSqlToPostgreSql, Service, SparkCopy, ManyTables,
    UglyOnes, Delay, Memory, Memory10M)}
