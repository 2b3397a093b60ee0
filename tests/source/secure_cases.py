"""TLS and forward proxies."""

from faulty_http import answers, reply
from nginx import free_port, make_certificate
from source_case import SourceCase


class Tls(SourceCase):
    def test_server_with_a_known_ca_is_read(self):
        server = self.serve(tls=True)
        options = ["--ca", server.ca_file]
        self.assert_read(self.read(server.url, options=options))
        self.assert_from(self.read_from(server.url, 777, options=options), self.data[777:])
        words = [*options, "read", server.url, *["sub/file.bin", 1 << 20, "none", 5] * 3]
        self.assertEqual(self.run_probe(*words).lines.count("missing"), 3)

    def test_server_with_a_host_name_is_read(self):
        server = self.serve(tls=True, names="DNS:localhost")
        url = server.url.replace("127.0.0.1", "localhost")
        self.assert_read(self.read(url, options=["--ca", server.ca_file]))

    def test_system_store_is_used_without_a_ca_file(self):
        server = self.serve(tls=True)
        self.assert_read(self.read(server.url, env={"SSL_CERT_FILE": server.ca_file}))

    def test_unknown_ca_is_refused(self):
        server = self.serve(tls=True)
        other = self.serve(tls=True)
        self.assert_error(self.read(server.url), "transport.unreachable",
                          "certificate verify failed")
        self.assert_error(self.read(server.url, options=["--ca", other.ca_file]),
                          "transport.unreachable", "certificate verify failed")
        self.assertEqual(server.requests(), [])

    def test_certificate_for_another_host_is_refused(self):
        for names in ("IP:127.0.0.2", "DNS:localhost", "DNS:example.com"):
            server = self.serve(tls=True, names=names)
            self.assert_error(self.read(server.url, options=["--ca", server.ca_file]),
                              "transport.unreachable", "127.0.0.1")
            self.assertEqual(server.requests(), [])

    def test_old_protocol_is_refused(self):
        server = self.serve(tls=True, server_lines="ssl_protocols TLSv1.1;"
                            "ssl_ciphers ALL:@SECLEVEL=0;")
        self.assert_error(self.read(server.url, options=["--ca", server.ca_file]),
                          "transport.unreachable")

    def test_missing_ca_file_is_named(self):
        server = self.serve(tls=True)
        self.assert_error(self.read(server.url, options=["--ca", "/no/such.pem"]),
                          "transport.unreachable", "/no/such.pem")

    def test_plain_server_on_an_https_address_is_an_error(self):
        server = self.serve()
        self.assert_error(self.read(server.url.replace("http:", "https:")), "transport.unreachable")

    def test_idle_connection_that_was_closed_is_opened_again(self):
        server = self.serve(tls=True, server_lines="keepalive_timeout 0;")
        words = ["--ca", server.ca_file, "read", server.url, *["sub/file.bin", 1 << 20] * 3]
        self.assertEqual(len(self.run_probe(*words).lines), 4)
        server = self.serve(tls=True, server_lines="keepalive_requests 2;")
        words = ["--ca", server.ca_file, "read", server.url, *["none", 1] * 7]
        self.assertEqual(self.run_probe(*words).lines.count("missing"), 7)

    def test_connection_that_was_closed_while_idle_is_opened_again(self):
        server = self.serve(tls=True, server_lines="keepalive_timeout 1s;")
        words = ["--ca", server.ca_file, "--pause", 1500, "read", server.url, *["none", 1] * 3]
        self.assertEqual(self.run_probe(*words).lines.count("missing"), 3)

    def test_body_that_ends_without_a_good_bye_is_cut_short(self):
        ca_file, *certificate = make_certificate(self.folder)
        for head in (b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n", b"HTTP/1.0 200 OK\r\n\r\n"):
            server = self.misbehave(answers(lambda _request, h=head: h + b"x" * 50), certificate)
            url = server.url.replace("http:", "https:")
            result = self.read_from(url, 0, 99, options=["--ca", ca_file])
            self.assert_from(result, b"x" * 50)
            self.assert_error(result, "transport.truncated")


class Proxies(SourceCase):
    def test_http_goes_through_the_proxy(self):
        server, proxy = self.serve(), self.proxy()
        self.assert_read(self.read(server.url, options=["--proxy", proxy.url]))
        self.assertEqual(proxy.requests[0].target, server.url + "/sub/file.bin")
        self.assertNotIn("proxy-authorization", proxy.requests[0].headers)

    def test_https_goes_through_a_tunnel(self):
        server, proxy = self.serve(tls=True), self.proxy()
        options = ["--proxy", proxy.url, "--ca", server.ca_file]
        self.assert_read(self.read(server.url, options=options))
        self.assertEqual(proxy.requests[0].method, "CONNECT")
        self.assertEqual(proxy.requests[0].target, f"127.0.0.1:{server.port}")
        self.assert_from(self.read_from(server.url, 9, options=options), self.data[9:])

    def test_tunnel_leaves_names_to_the_proxy_and_checks_the_certificate(self):
        server = self.serve(tls=True, names="DNS:updates.invalid")
        proxy = self.proxy(resolve={"updates.invalid": "127.0.0.1", "other.invalid": "127.0.0.1"})
        options = ["--proxy", proxy.url, "--ca", server.ca_file]
        self.assert_read(self.read(f"https://updates.invalid:{server.port}", options=options))
        self.assert_error(self.read(f"https://other.invalid:{server.port}", options=options),
                          "transport.unreachable", "other.invalid")

    def test_proxy_with_credentials(self):
        server, secure = self.serve(), self.serve(tls=True)
        proxy = self.proxy(credentials="user:p@ss")
        url = proxy.url.replace("http://", "http://user:p%40ss@")
        options = ["--proxy", url, "--ca", secure.ca_file]
        self.assert_read(self.read(server.url, options=options))
        self.assert_read(self.read(secure.url, options=options))

    def test_proxy_that_wants_credentials_is_named(self):
        server, secure = self.serve(), self.serve(tls=True)
        proxy = self.proxy(credentials="user:right")
        for user in ("", "user:wrong@"):
            options = ["--proxy", proxy.url.replace("//", "//" + user), "--ca", secure.ca_file]
            for url in (server.url, secure.url):
                result = self.read(url, options=options)
                self.assert_error(result, "transport.status", "407", f"127.0.0.1:{proxy.port}")
                self.assertNotIn("wrong", result.text)

    def test_credentials_of_the_source_pass_the_proxy_and_those_of_the_proxy_do_not(self):
        secure = self.misbehave(answers(lambda _request: reply(200, b"ok")))
        proxy = self.proxy(credentials="p:q")
        result = self.read(secure.url.replace("//", "//user:pass@"),
                           options=["--proxy", proxy.url.replace("//", "//p:q@")])
        self.assert_read(result, b"ok")
        self.assertIn("authorization", secure.requests[0].headers)
        self.assertNotIn("proxy-authorization", secure.requests[0].headers)

    def test_proxy_of_the_environment_is_used(self):
        server, secure, proxy = self.serve(), self.serve(tls=True), self.proxy()
        self.assert_read(self.read(server.url, env={"http_proxy": proxy.url}))
        self.assert_read(self.read(secure.url, options=["--ca", secure.ca_file],
                                   env={"HTTPS_PROXY": proxy.url}))
        self.assertEqual([request.method for request in proxy.requests], ["GET", "CONNECT"])
        unused = {"http_proxy": proxy.url, "no_proxy": "example.com,127.0.0.1"}
        self.assert_read(self.read(server.url, env=unused))
        self.assert_read(self.read(server.url, env={"HTTP_PROXY": proxy.url}))
        self.assert_read(self.read(server.url, options=["--proxy", "none"],
                                   env={"http_proxy": proxy.url}))
        self.assertEqual(len(proxy.requests), 2)

    def test_proxy_that_is_not_there_is_named(self):
        port = free_port()
        options = ["--proxy", f"http://u:secret@127.0.0.1:{port}"]
        result = self.read(self.serve().url, options=options)
        self.assert_error(result, "transport.unreachable", f"proxy: u@127.0.0.1:{port}")
        self.assertNotIn("secret", result.text)
