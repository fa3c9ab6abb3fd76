"""The imitation of openGauss as the makers' own drivers see it: they can answer what it asks, and find its dialect.

That they find in it what they expect of the real server is what makes tests against it worth something.
"""

import os
import signal
import subprocess
import time

import psycopg2
import pytest
from support.gaussdb_drivers import DRIVERS, GaussdbDrivers
from support.opengauss import OpenGauss
from support.opengauss_login import derive_keys
from support.servers import ServerUnavailable, find_program

DATABASE = "postgres"
LOGINS = [
    pytest.param({}, 10, id="sha256"),
    pytest.param({"stored": "combined"}, 10, id="combined"),
    pytest.param({"stored": "md5"}, 5, id="md5"),
    pytest.param({"stored": "md5 under sha256"}, 10, id="md5 under sha256"),
    pytest.param({"hba": "md5", "iterations": 2048}, 11, id="sha256 asked for as md5"),
    pytest.param({"stored": "sm3"}, 13, id="sm3"),
]


@pytest.fixture(scope="module")
def drivers():
    from conftest import unavailable
    try:
        drivers = GaussdbDrivers()
        drivers.prepare()
    except ServerUnavailable as error:
        unavailable(f"GaussDB drivers: {error}")
    return drivers


def test_keys_are_those_that_the_drivers_compute():
    keys = derive_keys("Gauss@123", bytes(range(32)), 10000)
    assert keys.server.hex() == "26d976e7f54be9bb8bf07489293608a9ed6a1ded403752576b9ecc392a7dfe94"
    assert keys.stored.hex() == "7ab984e373c6c243a83e0ca396a78af6e9a1d95cf49ee1ff14b48de8f96a84b2"


@pytest.mark.parametrize("driver", DRIVERS)
@pytest.mark.parametrize("account, request_number", LOGINS)
def test_a_driver_logs_in(postgres, drivers, driver, account, request_number):
    with OpenGauss(postgres, password="Gauß@密码 123", **account) as server:
        assert drivers.run(driver, server, DATABASE, "select 1") == [["logged in"], ["row", "1"]]
    assert server.requests == [request_number]
    assert [connection.protocol for connection in server.connections] == [(3, 51)]


@pytest.mark.parametrize("driver", DRIVERS)
def test_a_wrong_password_is_refused(postgres, drivers, driver):
    with OpenGauss(postgres) as server:
        (told,) = drivers.run(driver, server, DATABASE, password="wrong")
    assert told[:2] == ["error", "28P01"] and "Invalid username/password,login denied" in told[2]
    assert [connection.logged_in for connection in server.connections] == [False]


@pytest.mark.parametrize("driver", DRIVERS)
def test_drivers_cannot_log_in_where_md5_hides_more_iterations_than_they_take(postgres, drivers, driver):
    with OpenGauss(postgres, hba="md5", iterations=10000) as server:
        (told,) = drivers.run(driver, server, DATABASE)
    assert told[:2] == ["error", "28P01"]


class TestDialect:
    QUESTIONS = ["select '' is null, ? is null", "insert into t values (1) on conflict do nothing", "select version()",
                 f"select datcompatibility from pg_database where datname = '{DATABASE}'"]

    @pytest.mark.parametrize("driver", DRIVERS)
    @pytest.mark.parametrize("mode, empty_is_null", [("A", "t"), ("B", "f"), ("PG", "f")])
    def test_drivers_find_the_dialect_of_the_mode(self, postgres, drivers, driver, mode, empty_is_null):
        with OpenGauss(postgres, compatibility=mode) as server:
            _, empty, upsert, version, told_mode = drivers.run(driver, server, DATABASE, *self.QUESTIONS)
        assert empty == ["row", empty_is_null, empty_is_null]
        assert upsert[:2] == ["error", "42601"] and "CONFLICT" in upsert[2]
        assert version[1].startswith("(openGauss ")
        assert told_mode == ["row", mode]


def test_a_request_to_cancel_reaches_the_server(postgres):
    with OpenGauss(postgres, stored="md5") as server:
        psql = subprocess.Popen(
            [find_program("psql"), "-X", "-h", "127.0.0.1", "-p", str(server.port), "-U", server.user, "-d", DATABASE,
             "-c", "SELECT pg_sleep(60)"],
            env={"PGPASSWORD": server.password, "PATH": os.environ["PATH"]}, stderr=subprocess.PIPE, text=True)
        while not server.statements and psql.poll() is None:
            time.sleep(0.05)
        psql.send_signal(signal.SIGINT)
        _, told = psql.communicate(timeout=30)
    assert "canceling statement due to user request" in told
    assert (server.cancels, len(server.connections)) == (1, 1)


def test_connections_that_are_open_at_once_are_counted(postgres):
    with OpenGauss(postgres, stored="md5") as server:
        login = {"host": "127.0.0.1", "port": server.port, "user": server.user, "password": server.password}
        first, second = (psycopg2.connect(**login, dbname=DATABASE) for _ in range(2))
        first.close()
        second.close()
    assert (server.most_at_once, server.login_attempts) == (2, 2)


class TestPythonDriver:
    @staticmethod
    def open(server, password):
        import py_opengauss
        return py_opengauss.open(f"opengauss://{server.user}@127.0.0.1:{server.port}/{DATABASE}", password=password)

    def test_it_logs_in_and_finds_that_an_empty_text_is_null(self, postgres):
        with OpenGauss(postgres) as server:
            connection = self.open(server, server.password)
            assert connection.prepare("select ''::text is null, $1::text is null").first("") == (True, True)
            connection.close()
        assert server.requests == [10]

    def test_a_wrong_password_is_refused(self, postgres):
        import py_opengauss.exceptions
        with OpenGauss(postgres) as server, pytest.raises(py_opengauss.exceptions.Error, match="login denied"):
            self.open(server, "wrong")
        assert server.login_attempts == 1
