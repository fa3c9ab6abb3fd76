"""Every scenario there is, in the order in which they are run."""

from scenarios.between_databases import MariaDbToMariaDb, PostgreSqlToPostgreSql
from scenarios.to_embedded import MariaDbToEmbedded, PostgreSqlToEmbedded

SCENARIOS = {scenario.name: scenario for scenario in (
    MariaDbToEmbedded, PostgreSqlToEmbedded, MariaDbToMariaDb, PostgreSqlToPostgreSql)}
