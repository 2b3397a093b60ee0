#include <array>
#include <boost/test/unit_test.hpp>
#include <map>

#include "fs/file_system.hpp"
#include "http/proxy.hpp"
#include "source/source.hpp"
#include "source/url.hpp"
#include "xppkg/error.hpp"

namespace xppkg::source {

using http::bypasses_proxy;
using http::choose_proxy;
namespace {

bool is_refused_address(const Error& error) {
  return error.code() == Code::usage_invalid;
}
bool is_refused_redirect(const Error& error) {
  return error.code() == Code::transport_refused;
}
bool is_unusable(const Error& error) {
  return error.code() == Code::transport_unreachable && !error.fact("proxy").empty();
}
bool is_internal(const Error& error) {
  return error.code() == Code::internal;
}

std::string chosen(const std::string& configured, const std::string& server,
                   const std::map<std::string, std::string>& variables) {
  const auto environment = [&](const char* name) {
    const auto found = variables.find(name);
    return found == variables.end() ? std::string() : found->second;
  };
  const auto proxy = choose_proxy(configured, Url::parse(server), environment);
  return proxy ? proxy->address() : "direct";
}

bool bypasses(const char* list, const char* server) {
  return bypasses_proxy(list, Url::parse(server));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(source_address)

BOOST_AUTO_TEST_CASE(address_is_taken_apart) {
  const Url url = Url::parse("HTTPS://User:p%40s%2Fs@Example.COM:8443/a%2Fb/c?q=1#part");
  BOOST_TEST(url.tls);
  BOOST_TEST(url.host == "example.com");
  BOOST_TEST(url.port == 8443);
  BOOST_TEST(url.user == "User");
  BOOST_TEST(url.password == "p@s/s");
  BOOST_TEST(url.target == "/a%2Fb/c?q=1");
  BOOST_TEST(url.authority() == "example.com:8443");
  BOOST_TEST(url.origin() == "https://example.com:8443");
}

BOOST_AUTO_TEST_CASE(short_addresses_get_their_defaults) {
  BOOST_TEST(Url::parse("http://h").origin() == "http://h");
  BOOST_TEST(Url::parse("http://h").target == "/");
  BOOST_TEST(Url::parse("http://h:80/").authority() == "h");
  BOOST_TEST(Url::parse("https://h:80").authority() == "h:80");
  BOOST_TEST(Url::parse("http://h?x").target == "/?x");
  BOOST_TEST(Url::parse("http://[::1]:81/x").host == "::1");
  BOOST_TEST(Url::parse("http://[::1]:81/x").authority() == "[::1]:81");
  BOOST_TEST(Url::parse("https://[FE80::1]").origin() == "https://[fe80::1]");
}

BOOST_AUTO_TEST_CASE(text_that_is_no_address_is_refused) {
  for (const char* text : {"",
                           "http:/h",
                           "ftp://h/",
                           "h/x",
                           "http://",
                           "http:///x",
                           "http://h:/",
                           "http://h:0/",
                           "http://h:65536/",
                           "http://h:8x/",
                           "http://a b/",
                           "http://h/\r\nX: y",
                           "http://h/\x01",
                           "http://h/\xc3\xa9",
                           "http://[::1/",
                           "http://[zz]/",
                           "http://[::1]x/",
                           "http://a%41/",
                           "http://a,b/",
                           "http://u:%4@h/",
                           "http://%00@h/"}) {
    BOOST_CHECK_EXCEPTION(Url::parse(text), Error, is_refused_address);
  }
}

BOOST_AUTO_TEST_CASE(passwords_are_not_shown) {
  BOOST_TEST(without_password("http://u:p@h/x@y") == "http://u@h/x@y");
  BOOST_TEST(without_password("http://u:p:q@r@h") == "http://u@h");
  BOOST_TEST(without_password("http://u@h:8/x") == "http://u@h:8/x");
  BOOST_TEST(without_password("http://h:8/a:b@c") == "http://h:8/a:b@c");
  BOOST_TEST(without_password("http://[::1]:8/a:b@c") == "http://[::1]:8/a:b@c");
  BOOST_TEST(without_password("file:///a:b@c") == "file:///a:b@c");
  // Passwords that should have been escaped.
  for (const char* password : {"p/s", "p?s", "p#s", "/", "#", "?", "p s/", "1x/2"}) {
    const std::string url = std::string("https://u:") + password + "@h/x";
    BOOST_TEST(without_password(url) == "https://u@h/x", url);
  }
  BOOST_TEST(without_password("u:p/s@proxy:3128") == "u@proxy:3128");
  try {
    Url::parse("ftp://u:secret@h/");
  } catch (const Error& error) {
    BOOST_TEST(std::string(error.what()).find("secret") == std::string::npos);
  }
}

BOOST_AUTO_TEST_CASE(redirects_are_resolved) {
  const Url from = Url::parse("http://h:81/a/b/c?q=/x/");
  const auto to = [&](const char* location) {
    const Url url = redirected(from, location);
    return url.origin() + url.target;
  };
  BOOST_TEST(to("https://o/x?y#z") == "https://o/x?y");
  BOOST_TEST(to("//o/x") == "http://o/x");
  BOOST_TEST(to("/x") == "http://h:81/x");
  BOOST_TEST(to("x/y:z") == "http://h:81/a/b/x/y:z");
  BOOST_TEST(to("?r") == "http://h:81/a/b/c?r");
  BOOST_TEST(to("../x/./y/../z?/../") == "http://h:81/a/x/z?/../");
  BOOST_TEST(to("/..") == "http://h:81/");
  BOOST_TEST(to("/a b\"\xc3\xa9") == "http://h:81/a%20b%22%C3%A9");
}

BOOST_AUTO_TEST_CASE(unsafe_redirects_are_refused) {
  const Url from = Url::parse("https://h/");
  for (const char* location :
       {"http://h/", "http://h:443/", "file:///x", "javascript:x", "https://u:p@h/", "https://u@h/",
        "https://", "https://a b/", "/a\nb", "/a\x7f"}) {
    BOOST_CHECK_EXCEPTION(redirected(from, location), Error, is_refused_redirect);
  }
}

BOOST_AUTO_TEST_CASE(paths_outside_the_documented_form_are_a_mistake_of_ours) {
  for (const char* path : {"a", "a/b.c-d_E/9", "..a", "a..", ".x", "...", "a%2Fb~"}) {
    BOOST_CHECK_NO_THROW(check_path(path));
  }
  for (const char* path :
       {"",      "/",  "/a",   "a/",  "a//b", ".",    "..",  "a/../b", "./a",      "a b",
        "a%2fb", "a%", "a%00", "a?b", "a#b",  "a\\b", "a:b", "a\nb",   "\xc3\xa9", "a+b"}) {
    BOOST_CHECK_EXCEPTION(check_path(path), Error, is_internal);
  }
}

BOOST_AUTO_TEST_CASE(other_schemes_and_queries_are_no_source) {
  for (const char* url : {"ftp://h/", "C:/x", "/x", "x", "", "http://h/?q", "file://host/x",
                          "file:", "file:a%0", "file:%00", "http:h"}) {
    BOOST_CHECK_EXCEPTION(open_source(url, {}, fs::native()), Error, is_refused_address);
  }
}

BOOST_AUTO_TEST_CASE(configured_proxy_comes_before_the_environment) {
  const std::map<std::string, std::string> variables{{"http_proxy", "http://env:1"},
                                                     {"no_proxy", "*"}};
  BOOST_TEST(chosen("http://conf:3128", "http://h/", variables) == "conf:3128");
  BOOST_TEST(chosen("conf:3128/", "https://h/", {}) == "conf:3128");
  BOOST_TEST(chosen("http://u:p@conf", "http://h/", {}) == "u@conf:80");
  BOOST_TEST(chosen("none", "http://h/", {{"http_proxy", "http://env:1"}}) == "direct");
  for (const char* proxy : {"socks5://h:1", "https://h:1", "http://h:1/path", "http://:1", "a b"}) {
    BOOST_CHECK_EXCEPTION(chosen(proxy, "http://h/", {}), Error, is_unusable);
  }
}

BOOST_AUTO_TEST_CASE(environment_chooses_the_proxy_by_scheme) {
  BOOST_TEST(chosen("", "http://h/", {}) == "direct");
  BOOST_TEST(chosen("", "http://h/", {{"http_proxy", "a:1"}, {"https_proxy", "b:2"}}) == "a:1");
  BOOST_TEST(chosen("", "https://h/", {{"http_proxy", "a:1"}, {"https_proxy", "b:2"}}) == "b:2");
  BOOST_TEST(chosen("", "https://h/", {{"https_proxy", "a:1"}, {"HTTPS_PROXY", "b:2"}}) == "a:1");
  BOOST_TEST(chosen("", "https://h/", {{"HTTPS_PROXY", "b:2"}}) == "b:2");
  BOOST_TEST(chosen("", "http://h/", {{"HTTP_PROXY", "a:1"}}) == "direct");
  BOOST_TEST(chosen("", "http://h/", {{"ALL_PROXY", "a:1"}}) == "a:1");
  BOOST_TEST(chosen("", "https://h/", {{"all_proxy", "a:1"}, {"ALL_PROXY", "b:2"}}) == "a:1");
}

BOOST_AUTO_TEST_CASE(no_proxy_names_servers_that_are_reached_directly) {
  const std::map<std::string, std::string> variables{{"http_proxy", "a:1"},
                                                     {"NO_PROXY", "x.org, .intra.net"}};
  BOOST_TEST(chosen("", "http://x.org/", variables) == "direct");
  BOOST_TEST(chosen("", "http://y.org/", variables) == "a:1");
  BOOST_TEST(bypasses("*", "http://any/"));
  BOOST_TEST(bypasses(".intra.net", "http://a.b.INTRA.net/"));
  BOOST_TEST(bypasses("intra.net", "http://a.intra.net/"));
  BOOST_TEST(bypasses("*.intra.net", "http://a.intra.net/"));
  BOOST_TEST(bypasses(".intra.net", "http://intra.net/"));
  BOOST_TEST(!bypasses("intra.net", "http://notintra.net/"));
  BOOST_TEST(!bypasses("intra.net", "http://intra.net.evil/"));
  BOOST_TEST(!bypasses("", "http://h/"));
  BOOST_TEST(!bypasses(" , ,", "http://h/"));
}

BOOST_AUTO_TEST_CASE(no_proxy_knows_ports_and_networks) {
  BOOST_TEST(bypasses("h:81", "http://h:81/"));
  BOOST_TEST(!bypasses("h:81", "http://h/"));
  BOOST_TEST(bypasses("127.0.0.1", "http://127.0.0.1:99/"));
  BOOST_TEST(bypasses("10.0.0.0/8", "http://10.1.2.3/"));
  BOOST_TEST(!bypasses("10.0.0.0/8", "http://11.1.2.3/"));
  BOOST_TEST(!bypasses("10.0.0.0/99", "http://10.1.2.3/"));
  BOOST_TEST(!bypasses("10.0.0.0/x", "http://10.1.2.3/"));
  BOOST_TEST(!bypasses("10.0.0.0/8", "http://name/"));
  BOOST_TEST(bypasses("::1", "http://[::1]/"));
  BOOST_TEST(bypasses("[::1]:81", "http://[::1]:81/"));
  BOOST_TEST(!bypasses("[::1]:82", "http://[::1]:81/"));
  BOOST_TEST(bypasses("fd00::/8", "http://[fd12::1]/"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace xppkg::source
