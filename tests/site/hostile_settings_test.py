"""A matrix of settings that a server, a database or a user may have: with each of them the whole story
works, or ends with an error of its own that says what to change. "Cannot be reached" is never said,
as the server answers."""

import os
import subprocess
import unittest

from database_servers import DATABASE, PASSWORD
from shared_session_pooler import SharedSessionPooler
from site_server_case import BACKEND, IS_POSTGRESQL, ServerCase, main

LARGE = "1:3000000"
TABLES = ("schema", "decision", "content", "part", "file", "workstation", "site", "lock")

# Possible defaults of a database or a user of PostgreSQL.
POSTGRESQL = (
    "default_transaction_isolation = 'repeatable read'",
    "default_transaction_isolation = 'serializable'",
    "default_transaction_read_only = on",
    "default_transaction_deferrable = on",
    "synchronous_commit = off",
    "search_path = ''",
    "search_path = 'nowhere'",
    "session_replication_role = 'replica'",
    "row_security = off",
    "search_path = 'pg_temp', 'public', 'pg_catalog'",
    "statement_timeout = '300ms'",
    "statement_timeout = '100ms'",
    "lock_timeout = '1ms'",
    "idle_in_transaction_session_timeout = '1ms'",
    "idle_session_timeout = '200ms'",
    "client_encoding = 'LATIN1'",
    "TimeZone = 'Pacific/Kiritimati'",
    "DateStyle = 'SQL, DMY'",
    "bytea_output = 'escape'",
    "standard_conforming_strings = off",
    "backslash_quote = on",
    "quote_all_identifiers = on",
    "transform_null_equals = on",
    "array_nulls = off",
    "client_min_messages = 'debug1'",
    "enable_indexscan = off",
)
# Possible defaults of a MariaDB server for sessions.
MARIADB = (
    "autocommit = 0",
    "completion_type = 1",
    "completion_type = 2",
    "tx_isolation = 'SERIALIZABLE'",
    "tx_isolation = 'READ-UNCOMMITTED'",
    "tx_isolation = 'READ-COMMITTED'",
    "tx_read_only = 1",
    "sql_mode = 'ANSI_QUOTES,PIPES_AS_CONCAT,NO_BACKSLASH_ESCAPES'",
    "sql_mode = 'ORACLE'",
    "sql_mode = ''",
    "time_zone = '+13:00'",
    "character_set_server = 'latin1'",
    "collation_connection = 'latin1_german1_ci'",
    "default_storage_engine = 'MyISAM'",
    "innodb_default_row_format = 'redundant'",
    "innodb_force_primary_key = 1",
    "sql_safe_updates = 1",
    "sql_select_limit = 1",
    "sql_big_selects = 0",
    "unique_checks = 0",
    "lock_wait_timeout = 1",
    "innodb_lock_wait_timeout = 1",
    "idle_transaction_timeout = 1",
    "max_sort_length = 64",
    "sql_auto_is_null = 1",
    "net_write_timeout = 1",
    "wait_timeout = 1",
    "binlog_format = 'STATEMENT'",
)


class HostileSettings(ServerCase):
    @classmethod
    def setUpClass(cls):
        cls.server = BACKEND()
        cls.server.__enter__()
        cls.addClassCleanup(cls.server.__exit__)

    def forget(self, server):
        server.sql("".join(f"DROP TABLE IF EXISTS xppkg_{table};" for table in TABLES))

    def told(self, server, step, options=""):
        """The report of a program that does nothing else: its rows have to outlive it."""
        steps = self.steps(server.url(options=options))
        result = steps.do(step)
        steps.close()
        self.assertNotIn("database.unreachable", result)
        return result

    def story(self, server, options=""):
        for step, expected in (("migrate", "0"), ("migrate", "4"),
                               (f"upload {LARGE}", "complete"), (f"decide app 1 1.0 {LARGE}", "done"),
                               ("read app pc-1", "1 1.0"), ("report app", "done"),
                               ("fleet app", "1"), ("answer app", "done"), ("report app", "done"),
                               (f"fetch app 1 {LARGE}", "same"), ("decide app 1 1.1", "somebody-else"),
                               ("decide app 2 2.0", "done"), ("prune app 2", "done"),
                               ("files app 1", "0"), ("read app pc-1", "2 2.0")):
            self.assertEqual(self.told(server, step, options), expected, step)

    @unittest.skipUnless(IS_POSTGRESQL, "settings of PostgreSQL")
    def test_defaults_of_a_database_of_postgresql_change_nothing(self):
        for setting in POSTGRESQL:
            with self.subTest(setting):
                self.server.sql(f"ALTER DATABASE {DATABASE} SET {setting}")
                try:
                    self.story(self.server)
                finally:
                    reset = f"ALTER DATABASE {DATABASE} RESET {setting.split(' ')[0]}"
                    self.server.sql("SET default_transaction_read_only = off; " + reset +
                                    "; SET search_path = public;")
                    self.forget(self.server)

    @unittest.skipIf(IS_POSTGRESQL, "settings of MariaDB")
    def test_defaults_of_a_server_of_mariadb_change_nothing(self):
        for setting in MARIADB:
            with self.subTest(setting):
                name = setting.split(" ")[0]
                before = self.server.sql(f"SELECT @@GLOBAL.{name}").strip()
                self.server.sql(f"SET GLOBAL {setting}")
                try:
                    self.story(self.server)
                finally:
                    value = before if before.isdigit() else f"'{before}'"
                    self.server.sql(f"SET autocommit = 1; SET GLOBAL {name} = {value}; COMMIT")
                    self.forget(self.server)

    @unittest.skipIf(IS_POSTGRESQL, "settings of MariaDB")
    def test_mariadb_that_does_not_ask_clients_for_their_encoding_changes_nothing(self):
        with BACKEND(settings=["--skip-character-set-client-handshake",
                               "--character-set-server=latin1"]) as server:
            self.story(server)

    @unittest.skipIf(IS_POSTGRESQL, "settings of MariaDB")
    def test_packets_that_are_too_small_are_told_with_what_to_change(self):
        self.addCleanup(self.forget, self.server)
        self.addCleanup(self.server.sql, "SET GLOBAL max_allowed_packet = 16777216")
        self.server.sql("SET GLOBAL max_allowed_packet = 1048576")
        self.assertEqual(self.told(self.server, "migrate"), "0")
        result = self.told(self.server, f"upload {LARGE}")
        self.assert_error(result, "database.packet")
        self.assertIn("max_allowed_packet is 1048576", result)
        self.server.sql("SET GLOBAL max_allowed_packet = 2097152")
        self.assertEqual(self.told(self.server, f"upload {LARGE}"), "complete")

    @unittest.skipIf(IS_POSTGRESQL, "settings of MariaDB")
    def test_server_that_takes_no_changes_or_makes_other_tables_is_told(self):
        with BACKEND(settings=["--enforce-storage-engine=MyISAM"]) as server:
            self.assert_error(self.told(server, "migrate"), "database.engine")
        with BACKEND(settings=["--innodb-page-size=4k"]) as server:
            self.assert_error(self.told(server, "migrate"), "database.keys")
        self.addCleanup(self.forget, self.server)
        self.addCleanup(self.server.sql, "SET GLOBAL read_only = 0")
        self.story(self.server)
        self.server.sql("SET GLOBAL read_only = 1; CREATE OR REPLACE USER pc@'%' IDENTIFIED BY 'pc';"
                        f"GRANT ALL ON {DATABASE}.* TO pc@'%'")
        steps = self.steps(self.server.url("pc", "pc"))
        self.assertEqual(steps.do("read app pc-1"), "2 2.0")
        self.assert_error(steps.do("decide app 3 3.0"), "database.read-only")

    def test_too_many_connections_are_told_as_such(self):
        setting = "max_connections=4" if IS_POSTGRESQL else "--max-connections=10"
        settings = [setting, "superuser_reserved_connections=0"] if IS_POSTGRESQL else [setting]
        with BACKEND(settings=settings) as server:
            self.assertEqual(self.told(server, "migrate"), "0")
            result = ""
            for _ in range(12):
                result = self.steps(server.url()).do("read app pc-1")
                if result != "none":
                    break
            self.assert_error(result, "database.busy")

    def test_database_that_is_not_there_is_told_as_such(self):
        url = self.server.url().replace(f"/{DATABASE}", "/elsewhere")
        self.assert_error(self.steps(url).do("read app pc-1"), "database.login")

    @unittest.skipUnless(IS_POSTGRESQL, "schemas of PostgreSQL")
    def test_tables_in_another_schema_are_found_by_the_address_and_told_without(self):
        self.addCleanup(self.server.sql, "DROP SCHEMA other CASCADE")
        self.server.sql("CREATE SCHEMA other")
        self.story(self.server, "?schema=other")
        result = self.told(self.server, "read app pc-1")
        self.assert_error(result, "database.search-path")
        self.assertIn("other", result)
        self.assert_error(self.told(self.server, "migrate", "?schema=nowhere"),
                          "database.search-path")

    @unittest.skipUnless(IS_POSTGRESQL, "encodings of PostgreSQL")
    def test_databases_of_other_encodings_work_and_tell_what_they_cannot_store(self):
        for encoding in ("SQL_ASCII", "LATIN1"):
            database = f"in_{encoding.lower()}"
            self.server.sql(f"CREATE DATABASE {database} ENCODING '{encoding}' TEMPLATE template0")
            url = self.server.url().replace(f"/{DATABASE}", f"/{database}")
            for step, expected in (("migrate", "0"), (f"upload {LARGE}", "complete"),
                                   (f"decide app 1 1.0 {LARGE}", "done"),
                                   ("read app pc-1", "1 1.0"), ("report app", "done")):
                self.assertEqual(self.steps(url).do(step), expected, step)
            result = self.steps(url).do("report Ω")
            if encoding == "LATIN1":
                self.assert_error(result, "database.encoding")
            else:
                self.assertEqual(result, "done")

    @unittest.skipUnless(IS_POSTGRESQL, "poolers of PostgreSQL")
    def test_pooler_that_takes_no_options_and_shares_a_session_changes_nothing(self):
        self.addCleanup(self.forget, self.server)
        with SharedSessionPooler(self.server.port) as pooler:
            url = self.server.url().replace(f":{self.server.port}/", f":{pooler.port}/")
            self.through(url, (("migrate", "0"), (f"upload {LARGE}", "complete"),
                               (f"decide app 1 1.0 {LARGE}", "done")))
            # Leftovers of another client of the same session.
            leave = self.server.client()
            leave[leave.index(str(self.server.port))] = str(pooler.port)
            subprocess.run(leave, text=True, check=True, capture_output=True,
                           env={**os.environ, "PGPASSWORD": PASSWORD}, input="""
                CREATE TEMP TABLE xppkg_schema AS SELECT 99 AS version;
                SET default_transaction_isolation = 'serializable';
                SET default_transaction_read_only = on; SET TimeZone = 'Asia/Tokyo';
                SET search_path = pg_temp, public; SET statement_timeout = '400ms';""")
            self.through(url, (("read app pc-1", "1 1.0"), ("report app", "done"),
                               (f"fetch app 1 {LARGE}", "same"), ("decide app 2 2.0", "done"),
                               ("wait app 1 5000", "2.0"), ("wait app 2 100", "none")))

    def through(self, url, steps):
        for step, expected in steps:
            program = self.steps(url)
            self.assertEqual(program.do(step), expected, step)
            program.close()


if __name__ == "__main__":
    main()
