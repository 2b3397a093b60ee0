#pragma once

#include <map>

#include "content.hpp"
#include "response.hpp"
#include "source/source.hpp"

namespace xppkg::http {

using source::HttpOptions;
using source::Source;

/// Files below an http or https address. Connections are kept between calls. A request that fails
/// in a way that may pass is tried again, up to three times, after longer and longer pauses; a part
/// of a file that the server refuses, or gives in a form that is of no use, is taken from the whole
/// file.
class HttpSource final : public Source {
 public:
  /// Throws Error{usage_invalid} for an address that is none. An address has no query.
  HttpSource(const std::string& url, HttpOptions options);
  ~HttpSource() override;

  [[nodiscard]] const std::string& address() const override { return address_; }
  std::optional<Bytes> read(const std::string& path, std::uint64_t limit,
                            Observer& observer) override;
  void read_range(const std::string& path, const ByteRange& range, std::uint64_t size, Sink& out,
                  Observer& observer) override;
  bool set_whole_files(bool whole) override;
  [[nodiscard]] bool is_given_up() const override { return is_given_up_; }
  [[nodiscard]] int refusal() const override { return refusal_; }

 private:
  struct Request {
    Url url;
    std::string range;  // the header's value; empty: all of the file
  };
  struct Response {
    Url url;  // where it came from, after redirects
    ResponseHeader header;
    HttpConnection* connection = nullptr;
  };
  /// Facts about a failure.
  struct Failure {
    bool may_pass = false;
    std::optional<std::uint64_t> wait;  // seconds that the server asks for
  };

  template <typename Work>
  auto translate_errors(const std::string& path, const Work& work);
  template <typename Work>
  auto with_retries(Observer& observer, const Work& work);
  template <typename Work>
  auto translated(Failure& failure, const Work& work);
  [[nodiscard]] Request request_for(const std::string& path) const;
  Response send(Request request, StallTimeout& stall_timeout);
  Response send_for_range(const std::string& path, const ByteRange& range, std::uint64_t size,
                          bool& in_part, StallTimeout& stall_timeout);
  void pass_on(Content& content, std::uint64_t skip, std::uint64_t want, Sink& out);
  ResponseHeader exchange(const Request& request, StallTimeout& stall_timeout);
  ResponseHeader exchange_once(HttpConnection& connection, const Request& request,
                               StallTimeout& stall_timeout);
  HttpConnection& connection_to(const Url& server);
  [[nodiscard]] std::optional<Proxy> proxy_for(const Url& server) const;
  [[noreturn]] void fail_status(const Response& response) const;
  [[noreturn]] void fail_range(const Response& response, const ByteRange& range,
                               std::uint64_t size) const;
  [[noreturn]] void not_ours(const Response& response) const;
  void finish(const Response& response, Body& body);

  std::string address_;
  Url base_;
  HttpOptions options_;
  bool whole_files_ = false;
  bool is_given_up_ = false;
  bool has_passed_on_ = false;  // bytes, to the sink of this call
  int refusal_ = 0;
  Poco::Net::Context::Ptr tls_;
  std::map<std::string, std::unique_ptr<HttpConnection>> connections_;  // by Url::origin
};

}  // namespace xppkg::http
