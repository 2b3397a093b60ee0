"""Rights of roles, with the very SQL of manifests/SITE.md; passwords, TLS, and servers that are not
there or do not answer."""

import os
import re
import socket
import subprocess
import tempfile
import threading
import time
import unittest

from database_servers import DATABASE, PASSWORD
from hostile_mariadb import HostileMariaDb
from nginx import free_port, make_certificate
from site_server_case import BACKEND, IS_POSTGRESQL, ServerCase, main

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
ROLES = ("reader", "reporter", "releaser")
SMALL = "2:1000"
TABLES_NAMED_LOCK = "SELECT count(*) FROM information_schema.tables WHERE table_name = 'xppkg_lock'"


def documented_sql():
    with open(os.path.join(ROOT, "manifests", "SITE.md"), encoding="utf-8") as file:
        text = file.read()
    language = "postgresql" if IS_POSTGRESQL else "mariadb"
    return re.search(rf"```sql {language}\n(.*?)```", text, re.DOTALL).group(1)


class ServerAccess(ServerCase):
    @classmethod
    def setUpClass(cls):
        cls.server = BACKEND(tls=True)
        cls.server.__enter__()
        cls.addClassCleanup(cls.server.__exit__)

    def setUp(self):
        self.owner = self.steps(self.server.url())
        self.server.sql("".join(f"DROP TABLE IF EXISTS xppkg_{table};" for table in
                                ("schema", "decision", "content", "part", "file", "workstation", "site", "lock")))

    def users(self):
        """A connection for each role, by the documented SQL."""
        if IS_POSTGRESQL:
            for role in reversed(ROLES):
                self.server.sql(f"DROP USER IF EXISTS pc_{role}; DROP ROLE IF EXISTS xppkg_{role}")
            self.server.sql(documented_sql())
            for role in ROLES:
                self.server.sql(f"CREATE USER pc_{role} PASSWORD 'secret' IN ROLE xppkg_{role}")
            return {role: self.steps(self.server.url(f"pc_{role}", "secret")) for role in ROLES}
        for role in ROLES:
            self.server.sql(f"CREATE OR REPLACE USER xppkg_{role}@'%' IDENTIFIED BY 'secret'")
        self.server.sql(f"USE {DATABASE};\n" + documented_sql())
        return {role: self.steps(self.server.url(f"xppkg_{role}", "secret")) for role in ROLES}

    def test_each_role_may_do_what_the_document_says_and_nothing_else(self):
        self.assertEqual(self.owner.do("migrate"), "0")
        users = self.users()
        reader, reporter, releaser = (users[role] for role in ROLES)
        self.assertEqual(releaser.do(f"upload {SMALL}"), "complete")
        self.assertEqual(releaser.do(f"decide app 1 1.0 {SMALL}"), "done")
        for user in users.values():
            self.assertEqual(user.do("read app pc-1"), "1 1.0")
            self.assertEqual(user.do(f"fetch app 1 {SMALL}"), "same")
            self.assertEqual(user.do("fleet app"), "0")
        for user in (reporter, releaser):
            for _ in range(2):
                self.assertEqual(user.do("report app"), "done")
                self.assertEqual(user.do("answer app"), "done")
        for step in ("report app", "answer app"):
            self.assert_error(reader.do(step), "database.rights")
        for user in (reader, reporter):
            for step in ("decide app 2 2.0", "upload 3:10", "prune app 1", "migrate"):
                if step == "migrate":
                    self.assertEqual(user.do(step), "4")  # There is nothing to do.
                else:
                    self.assert_error(user.do(step), "database.rights")
        self.assertEqual(releaser.do("decide app 2 2.0"), "done")
        self.assertEqual(releaser.do("prune app 2"), "done")
        self.assertEqual(reader.do("files app 1"), "0")
        self.assertEqual(reader.do("read app pc-1"), "2 2.0")

    def test_nobody_but_the_owner_changes_the_history_or_the_tables(self):
        self.assertEqual(self.owner.do("migrate"), "0")
        self.users()
        user = f"pc_{ROLES[2]}" if IS_POSTGRESQL else f"xppkg_{ROLES[2]}"
        for statement in ("UPDATE xppkg_decision SET version = '9'", "DELETE FROM xppkg_decision",
                          "UPDATE xppkg_schema SET version = 9", "DROP TABLE xppkg_part"):
            with self.assertRaises(RuntimeError, msg=statement) as refused:
                self.server.sql(statement, user=user, password="secret")
            self.assertRegex(str(refused.exception), "denied|must be owner")

    def user(self, role):
        return f"pc_{role}" if IS_POSTGRESQL else f"xppkg_{role}"

    def hold(self, role, statements):
        """Somebody who runs statements and keeps his connection open; returns when they are done."""
        client = subprocess.Popen(self.server.client(self.user(role)), stdin=subprocess.PIPE,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                                  env={**os.environ, **self.server.client_environment("secret")},
                                  bufsize=1)
        self.addCleanup(client.communicate)
        self.addCleanup(client.kill)
        if not IS_POSTGRESQL:
            # Its client prints nothing before its input ends.
            before = self.server.sql("SELECT 1")
            self.assertEqual(before, "1\n")
        client.stdin.write(statements + "\nSELECT 'it is held';\n")
        client.stdin.flush()
        if IS_POSTGRESQL:
            for line in client.stdout:
                if line == "it is held\n":
                    return client
            self.fail("the client ended")
        while self.server.sql("SELECT count(*) FROM information_schema.processlist WHERE"
                              f" user = '{self.user(role)}' AND command = 'Sleep'") == "0\n":
            pass
        return client

    def decided(self):
        self.assertEqual(self.owner.do("migrate"), "0")
        users = self.users()
        self.assertEqual(users["releaser"].do(f"upload {SMALL}"), "complete")
        self.assertEqual(users["releaser"].do(f"decide app 1 1.0 {SMALL}"), "done")
        return users

    def test_advisory_locks_of_a_reader_stop_no_decision(self):
        users = self.decided()
        self.hold("reader", "SELECT pg_advisory_lock(8675210947112);" if IS_POSTGRESQL else
                  "SELECT GET_LOCK(concat('xppkg.', md5(database())), 15);")
        begin = time.monotonic()
        self.assertEqual(users["releaser"].do("decide app 2 2.0"), "done")
        self.assertEqual(users["reporter"].do("read app pc-1"), "2 2.0")
        self.assertLess(time.monotonic() - begin, 5)

    @unittest.skipUnless(IS_POSTGRESQL, "MariaDB has a right of its own for it, which no role has")
    def test_tables_can_be_locked_by_nobody_who_may_not_decide(self):
        self.decided()
        for role in ("reader", "reporter"):
            for table in ("schema", "decision", "file", "content", "part", "workstation", "lock"):
                for mode in ("ROW SHARE", "SHARE ROW EXCLUSIVE", "ACCESS EXCLUSIVE"):
                    statement = f"BEGIN; LOCK TABLE xppkg_{table} IN {mode} MODE NOWAIT"
                    with self.assertRaises(RuntimeError, msg=f"{role} {statement}") as refused:
                        self.server.sql(statement, user=self.user(role), password="secret")
                    self.assertIn("denied", str(refused.exception))

    def test_turn_of_the_deciders_can_be_taken_by_nobody_else(self):
        self.decided()
        for role in ("reader", "reporter"):
            for statement in ("SELECT * FROM xppkg_lock FOR UPDATE",
                              "UPDATE xppkg_lock SET taken = 0"):
                with self.assertRaises(RuntimeError, msg=f"{role} {statement}") as refused:
                    self.server.sql(statement, user=self.user(role), password="secret")
                self.assertIn("denied", str(refused.exception))

    def test_rows_that_a_reporter_locks_keep_nobody_from_reading_or_deciding(self):
        users = self.decided()
        self.assertEqual(users["reporter"].do("report app"), "done")
        self.hold("reporter", "BEGIN; SELECT name FROM xppkg_workstation FOR UPDATE;")
        begin = time.monotonic()
        self.assertEqual(users["reader"].do("read app pc-1"), "1 1.0")
        self.assertEqual(users["releaser"].do("decide app 2 2.0"), "done")
        self.assert_error(users["reporter"].do("report app"), "database.locked")
        self.assertLess(time.monotonic() - begin, 8)

    @unittest.skipIf(IS_POSTGRESQL, "no reader of PostgreSQL may lock rows")
    def test_rows_that_a_reader_locks_keep_nobody_from_deciding(self):
        users = self.decided()
        tables = ("schema", "decision", "content", "part", "file", "workstation")
        for counter, begin in ((2, "BEGIN"), (3, "SET SESSION TRANSACTION ISOLATION LEVEL SERIALIZABLE;"
                                                 " BEGIN")):
            rows = "".join(f"SELECT * FROM xppkg_{table} FOR UPDATE;" if counter == 2 else
                           f"SELECT count(*) FROM xppkg_{table};" for table in tables)
            self.hold("reader", f"{begin}; {rows}")
            self.assertEqual(users["reporter"].do("read app pc-1"), f"{counter - 1} {counter - 1}.0")
            self.assertEqual(users["releaser"].do(f"decide app {counter} {counter}.0 {SMALL}"), "done")
        self.hold("reader", "BEGIN; " + "".join(f"SELECT * FROM xppkg_{table} FOR UPDATE;"
                                                for table in tables))
        self.assertEqual(users["releaser"].do("prune app 3"), "done")

    @unittest.skipUnless(IS_POSTGRESQL, "no reader of MariaDB waits for the owner's lock as long")
    def test_who_starts_reads_the_decision_though_the_workstations_are_locked(self):
        users = self.decided()
        self.server.sql("GRANT UPDATE ON xppkg_workstation TO xppkg_reporter")
        self.hold("reporter", "BEGIN; LOCK TABLE xppkg_workstation IN ACCESS EXCLUSIVE MODE;")
        begin = time.monotonic()
        self.assertEqual(users["reader"].do("read app pc-1"), "1 1.0")
        self.assertLess(time.monotonic() - begin, 8)

    def test_tables_that_are_missing_are_uninitialised_for_everybody(self):
        for step in ("read app pc-1", "decide app 1 1.0", "report app", "files app 1",
                     f"upload {SMALL}", "fleet app"):
            self.assert_error(self.owner.do(step), "database.uninitialised")

    def test_tables_of_an_earlier_program_get_what_they_lack(self):
        self.assertEqual(self.owner.do("migrate"), "0")
        self.server.sql("DROP TABLE xppkg_lock")
        self.assertEqual(self.owner.do("read app pc-1"), "none")
        self.assert_error(self.owner.do("decide app 1 1.0"), "database.older-schema")
        for _ in range(2):
            self.assertEqual(self.owner.do("migrate"), "4")
            self.assertEqual(self.server.sql("SELECT count(*) FROM xppkg_lock").strip(), "1")
        self.assertEqual(self.owner.do("decide app 1 1.0"), "done")

    def test_user_who_may_not_create_the_missing_table_is_told_which_right_he_lacks(self):
        users = self.decided()
        self.server.sql("DROP TABLE xppkg_lock")
        result = users["releaser"].do("migrate")
        self.assert_error(result, "database.rights")
        self.assertIn("run site migrate as their owner, or grant him CREATE", result)
        self.assertEqual(users["releaser"].do("read app pc-1"), "1 1.0")
        self.assertEqual(self.server.sql(TABLES_NAMED_LOCK).strip(), "0")
        self.assertEqual(self.owner.do("migrate"), "4")

    def test_user_who_may_not_create_any_table_is_told_which_right_he_lacks(self):
        self.assertEqual(self.owner.do("migrate"), "0")
        releaser = self.users()["releaser"]
        self.owner.close()
        self.setUp()
        result = releaser.do("migrate")
        self.assert_error(result, "database.rights")
        self.assertIn("grant him CREATE", result)

    def test_user_without_any_right_is_told_so(self):
        self.assertEqual(self.owner.do("migrate"), "0")
        if IS_POSTGRESQL:
            self.server.sql("DROP USER IF EXISTS nobody; CREATE USER nobody PASSWORD 'secret'")
        else:
            self.server.sql("CREATE OR REPLACE USER nobody@'%' IDENTIFIED BY 'secret';"
                            f"GRANT CREATE TEMPORARY TABLES ON {DATABASE}.* TO nobody@'%'")
        nobody = self.steps(self.server.url("nobody", "secret"))
        self.assert_error(nobody.do("read app pc-1"), "database.rights")
        self.assert_error(nobody.do("report app"), "database.rights")

    def test_password_comes_from_the_address_a_file_or_the_environment_in_this_order(self):
        self.assertEqual(self.owner.do("migrate"), "0")
        with tempfile.NamedTemporaryFile("w", suffix=" pass") as file:
            file.write(PASSWORD + "\nsecond line\n")
            file.flush()
            from_file = f"?password-file={file.name.replace(' ', '%20')}"
            wrong = {**os.environ, "XPPKG_DATABASE_PASSWORD": "wrong"}
            right = {**os.environ, "XPPKG_DATABASE_PASSWORD": PASSWORD}
            for url, environment in ((self.server.url(), wrong),
                                     (self.server.url(password="", options=from_file), wrong),
                                     (self.server.url(password=""), right)):
                self.assertEqual(self.steps(url, environment).do("read app pc-1"), "none")
            for url, environment in ((self.server.url(password="a-wrong-secret"), right),
                                     (self.server.url(password=""), wrong)):
                result = self.steps(url, environment).do("read app pc-1")
                self.assert_error(result, "database.login")
                self.assertNotIn("secret", result)
                self.assertNotIn(PASSWORD, result)
        missing = self.server.url(password="", options="?password-file=/nowhere/password")
        self.assert_error(self.steps(missing).do("read app pc-1"), "database.unreachable")

    def test_server_is_known_by_the_certificate_of_a_private_authority(self):
        self.assertEqual(self.owner.do("migrate"), "0")
        with tempfile.TemporaryDirectory() as folder:
            other_ca, _, _ = make_certificate(folder)
            for ca, is_right in ((self.server.ca_file, True), (other_ca, False)):
                steps = self.steps(self.server.url(options=self.verified(ca)))
                result = steps.do("read app pc-1")
                if is_right:
                    self.assertEqual(result, "none")
                else:
                    self.assert_error(result, "database.tls")
        url = self.server.url(options=self.verified(self.server.ca_file))
        wrong_name = self.steps(url.replace("127.0.0.1", "127.0.0.2"))
        self.assert_error(wrong_name.do("read app pc-1"), "database.tls")

    def test_large_payload_goes_through_tls(self):
        self.assertEqual(self.owner.do("migrate"), "0")
        steps = self.steps(self.server.url(options=self.verified(self.server.ca_file)))
        self.assertEqual(steps.do("upload 1:20000000"), "complete")
        self.assertEqual(steps.do("decide app 1 1.0 1:20000000"), "done")
        self.assertEqual(steps.do("fetch app 1 1:20000000"), "same")

    @staticmethod
    def verified(ca):
        if IS_POSTGRESQL:
            return f"?sslmode=verify-full&sslrootcert={ca}"
        return f"?ssl-mode=verify-identity&ssl-ca={ca}"

    @staticmethod
    def required():
        return "?sslmode=require" if IS_POSTGRESQL else "?ssl-mode=required"

    def test_server_without_tls_is_refused_where_tls_is_required(self):
        with BACKEND() as server:
            self.assertEqual(self.steps(server.url()).do("migrate"), "0")
            for options in (self.required(), self.verified(self.server.ca_file)):
                result = self.steps(server.url(options=options)).do("read app pc-1")
                self.assert_error(result, "database.tls")

    def test_server_that_is_not_there_or_does_not_answer_is_unreachable(self):
        nothing = free_port()
        url = self.server.url().replace(f":{self.server.port}/", f":{nothing}/")
        self.assert_error(self.steps(url).do("read app pc-1"), "database.unreachable")
        with socket.create_server(("127.0.0.1", 0)) as silent:
            url = self.server.url().replace(f":{self.server.port}/",
                                            f":{silent.getsockname()[1]}/")
            self.assert_error(self.steps(url).do("read app pc-1"), "database.unreachable")

    def test_server_that_ends_each_connection_at_once_is_unreachable(self):
        with socket.create_server(("127.0.0.1", 0)) as rude:
            def hang_up():
                while True:
                    try:
                        rude.accept()[0].close()
                    except OSError:
                        return
            threading.Thread(target=hang_up, daemon=True).start()
            url = self.server.url().replace(f":{self.server.port}/", f":{rude.getsockname()[1]}/")
            self.assert_error(self.steps(url).do("read app pc-1"), "database.unreachable")

    @unittest.skipIf(IS_POSTGRESQL, "its driver has no such thing")
    def test_hostile_server_gets_neither_the_password_nor_a_file(self):
        with tempfile.NamedTemporaryFile("w") as file:
            file.write("content of a file of ours")
            file.flush()
            for options in ({"asks_for_password": True}, {"wanted_file": file.name}):
                with HostileMariaDb(**options) as server:
                    steps = self.steps(f"mysql://anna:secret@127.0.0.1:{server.port}/site")
                    self.assert_error(steps.do("read app pc-1"), "database.unreachable")
                self.assertIn(b"anna", server.received)
                self.assertNotIn(b"secret", server.received)
                self.assertNotIn(b"content of", server.received)

    @unittest.skipUnless(os.geteuid() == 0, "only root can hide a library")
    def test_driver_that_is_not_installed_is_told_and_sqlite_works_without(self):
        listed = subprocess.run(["ldconfig", "-p"], capture_output=True, text=True, check=True)
        file, database = (("libpq.so.5", "PostgreSQL") if IS_POSTGRESQL
                          else ("libmariadb.so.3", "MariaDB"))
        library = re.search(re.escape(file) + r" .*=> (\S+)", listed.stdout).group(1)
        hidden = ["unshare", "-m", "sh", "-c", 'mount --bind /dev/null "$0" && exec "$@"',
                  os.path.realpath(library)]
        if subprocess.run([*hidden, "true"], capture_output=True, check=False).returncode != 0:
            self.skipTest("a library cannot be hidden here")
        result = self.steps(self.server.url(), before=hidden).do("read app pc-1")
        self.assert_error(result, "database.unreachable")
        self.assertIn(f"the driver of {database} is not installed", result)
        with tempfile.TemporaryDirectory() as folder:
            self.assertEqual(self.steps(f"sqlite:{folder}/site.db", before=hidden).do("migrate"),
                             "0")

    @unittest.skipUnless(IS_POSTGRESQL, "others are asked every few seconds")
    def test_who_waits_is_told_by_the_server(self):
        self.assertEqual(self.owner.do("migrate"), "0")
        waiting = self.steps(self.server.url())
        self.assertEqual(waiting.do("wait app 0 300"), "none")  # From now on it listens.
        before = self.server.sql("SELECT now()").strip()
        waiting.begin_and_see("wait app 0 50000", 1)
        while self.server.sql("SELECT count(*) FROM pg_stat_activity WHERE state = 'idle' AND"
                              f" application_name = 'xppkg' AND query_start > '{before}'") == "0\n":
            pass
        self.assertEqual(self.owner.do("decide app 1 1.0"), "done")
        self.assertEqual(waiting.end(), "1.0")


if __name__ == "__main__":
    main()
