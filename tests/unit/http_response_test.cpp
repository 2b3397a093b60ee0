#include <boost/test/unit_test.hpp>

#include "http/response.hpp"
#include "http/status_error.hpp"
#include "source/stall_timeout.hpp"
#include "xppkg/error.hpp"

namespace xppkg::http {
namespace {

using source::StallTimeout;
using Seconds = std::chrono::seconds;

ResponseHeader header(const std::string& fields) {
  return ResponseHeader("HTTP/1.1 503 Busy\r\n" + fields + "\r\n\r\n");
}

std::optional<std::uint64_t> wait(const std::string& fields) {
  return retry_after(header(fields));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(http_response)

BOOST_AUTO_TEST_CASE(fields_are_read_whatever_their_form) {
  const ResponseHeader odd(
      "HTTP/1.0 200\r\nA : 1\r\nno colon\r\nB: x\r\n  y\r\na: 2\nEmpty:\r\n\r\n");
  BOOST_TEST(odd.status() == 200);
  BOOST_TEST(odd.get("a") == "1, 2");
  BOOST_TEST(odd.get("B") == "x y");
  BOOST_TEST(odd.get("Empty").empty());
  BOOST_TEST(odd.get("none").empty());
  BOOST_TEST(!odd.keeps_connection());
}

BOOST_AUTO_TEST_CASE(lists_are_in_lower_case_and_without_parameters) {
  const auto list =
      header("Connection: Keep-Alive , , Upgrade\r\nconnection: X;a=b").list("Connection");
  BOOST_TEST((list == std::vector<std::string>{"keep-alive", "upgrade", "x"}));
  BOOST_TEST(header("Content-Type: Text/HTML; charset=utf-8").content_type() == "text/html");
  BOOST_TEST(!header("Connection: Close").keeps_connection());
}

BOOST_AUTO_TEST_CASE(lengths_may_be_said_twice_but_not_differ) {
  BOOST_TEST(header("Content-Length: 5\r\nContent-Length: 5").content_length().value() == 5U);
  BOOST_TEST(!header("").content_length());
  for (const char* fields : {"Content-Length: 5, 6", "Content-Length: -5", "Content-Length: 5x",
                             "Content-Length: 99999999999999999999"}) {
    BOOST_CHECK_THROW(static_cast<void>(header(fields).content_length()), Error);
  }
}

BOOST_AUTO_TEST_CASE(text_without_a_status_is_no_answer) {
  for (const char* line :
       {"HTTP/1.1", "HTTP/1.1 abc", "HTTP/1.1 99", "HTTP/1.1 600", "HTTP/1.1 2 0"}) {
    BOOST_CHECK_THROW(ResponseHeader(std::string(line) + "\r\n\r\n"), Error);
  }
}

BOOST_AUTO_TEST_CASE(content_ranges_are_read_with_and_without_a_total) {
  for (const char* text : {"bytes 5-19/20", "Bytes  5-19/20", "bytes=5-19/20", "bytes 5-19/*"}) {
    const auto range = parse_content_range(text);
    BOOST_REQUIRE(range);
    BOOST_TEST(range->first == 5U);
    BOOST_TEST(range->last == 19U);
    BOOST_TEST((range->total.value_or(20) == 20U));
  }
  for (const char* text : {"", "bytes", "bytes ", "5-19/20", "bytes 5-19", "bytes 19-5/20",
                           "bytes 5-20/20", "bytes */20", "bytes 5-19/20 x", "bytes5-19/20"}) {
    BOOST_TEST(!parse_content_range(text));
  }
}

BOOST_AUTO_TEST_CASE(retry_after_is_read_in_seconds_and_as_a_date_of_each_form) {
  BOOST_TEST(wait("Retry-After: 7").value() == 7U);
  const std::string now = "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\nRetry-After: ";
  BOOST_TEST(wait(now + "Sun, 06 Nov 1994 08:49:49 GMT").value() == 12U);
  BOOST_TEST(wait(now + "Sunday, 06-Nov-94 08:49:49 GMT").value() == 12U);
  BOOST_TEST(wait(now + "Sun Nov  6 08:49:49 1994").value() == 12U);
  BOOST_TEST(wait(now + "Sun, 06 Nov 1994 08:00:00 GMT").value() == 0U);
  for (const char* text : {"", "soon", "-5", "1.5"}) {
    BOOST_TEST(!wait(std::string("Retry-After: ") + text));
  }
}

BOOST_AUTO_TEST_CASE(rate_is_judged_over_each_window_of_waiting) {
  Observer nobody;
  StallTimeout slow(Seconds(30), nobody);
  slow.answered();
  slow.waited(Seconds(25), 1100);
  BOOST_CHECK_THROW(slow.waited(Seconds(5), 1100), Error);
  BOOST_TEST(slow.is_over());

  StallTimeout steady(Seconds(30), nobody);
  for (int i = 0; i < 100; ++i) steady.waited(Seconds(10), 10'000);
  BOOST_TEST(!steady.is_over());
}

BOOST_AUTO_TEST_CASE(silence_is_judged_from_the_last_byte_on) {
  Observer nobody;
  StallTimeout stall_timeout(Seconds(30), nobody);
  stall_timeout.waited(Seconds(29), 1'000'000);
  stall_timeout.waited(Seconds(29), 0);
  BOOST_CHECK_THROW(stall_timeout.waited(Seconds(1), 0), Error);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace xppkg::http
