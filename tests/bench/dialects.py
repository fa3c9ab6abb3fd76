"""The few things of SQL in which the engines differ, as far as making data needs them."""


class MySql:
    quote, false = "`", "0"
    # The rows are made to fit; checking each of them would be most of the time.
    before = ("SET SESSION unique_checks = 0, foreign_key_checks = 0",)

    def series(self, first, last, name):
        """The numbers from first to last, as name.seq."""
        return f"(SELECT seq FROM seq_{first}_to_{last}) {name}"

    def concat(self, *parts):
        return f"CONCAT({', '.join(parts)})"

    def day(self, days):
        return f"DATE_ADD('2000-01-01', INTERVAL {days} DAY)"

    def divided(self, number, by):
        return f"({number} DIV {by})"

    def two_digits(self, number):
        return f"LPAD({number}, 2, '0')"

    def text(self, value):
        return f"CAST({value} AS CHAR)"

    def long_text(self, length):
        return f"REPEAT('0123456789', {length // 10})"

    def analyze(self, tables):
        return "ANALYZE TABLE " + ", ".join(tables)

    def size(self):
        return "SELECT SUM(data_length + index_length) FROM information_schema.tables WHERE table_schema = DATABASE()"


class PostgreSql(MySql):
    quote, false = '"', "false"
    before = ("SET session_replication_role = replica",)

    def series(self, first, last, name):
        return f"generate_series({first}::bigint, {last}) AS {name}(seq)"

    def concat(self, *parts):
        return "(" + " || ".join(f"({part})" for part in parts) + ")"

    def day(self, days):
        return f"(DATE '2000-01-01' + ({days})::int)::text"

    def divided(self, number, by):
        return f"({number} / {by})"

    def two_digits(self, number):
        return f"lpad(({number})::text, 2, '0')"

    def text(self, value):
        return f"({value})::text"

    def analyze(self, tables):
        return "VACUUM ANALYZE " + ", ".join(f'"{table}"' for table in tables)

    def size(self):
        return "SELECT pg_database_size(current_database())"


class SQLite(PostgreSql):
    false = "0"
    before = ("PRAGMA journal_mode = OFF", "PRAGMA synchronous = OFF", "PRAGMA cache_size = -262144")

    def series(self, first, last, name):
        return (f"(WITH RECURSIVE numbers(seq) AS (SELECT {first} UNION ALL SELECT seq + 1 FROM numbers "
                f"LIMIT {last - first + 1}) SELECT seq FROM numbers) {name}")

    def day(self, days):
        return f"date('2000-01-01', ({days}) || ' days')"

    def two_digits(self, number):
        return f"printf('%02d', {number})"

    def text(self, value):
        return f"CAST({value} AS TEXT)"

    def long_text(self, length):
        return f"replace(printf('%{length // 10}s', ''), ' ', '0123456789')"

    def analyze(self, tables):
        return "ANALYZE"

    def size(self):
        return "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()"


def dialect_for(server):
    """Of a server of support.servers; None stands for a SQLite file."""
    return {"mysql": MySql, "postgresql": PostgreSql}[server.dialect]() if server else SQLite()
