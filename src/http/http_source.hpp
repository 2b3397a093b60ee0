#pragma once

#include <map>

#include "reply.hpp"
#include "source/source.hpp"

namespace xppkg::http {

using source::HttpOptions;
using source::Range;
using source::Source;

/// Files below an http or https address. Connections are kept between calls.
class HttpSource final : public Source {
 public:
  /// Throws Error{usage_invalid} for an address or proxy that is none. An address has no query.
  HttpSource(const std::string& url, HttpOptions options);
  ~HttpSource() override;

  [[nodiscard]] const std::string& address() const override { return address_; }
  std::optional<Bytes> read(const std::string& path, std::uint64_t limit,
                            Observer& observer) override;
  void read_range(const std::string& path, const Range& range, std::uint64_t size, Sink& out,
                  Observer& observer) override;

 private:
  struct Question {
    Url url;
    std::string range;  // the header's value; empty: all of the file
  };
  struct Answer {
    Url url;  // where it came from, after redirects
    ReplyHeader header;
    Line* line = nullptr;
  };

  template <typename Work>
  auto at_the_edge(const std::string& path, const Work& work);
  Question question(const std::string& path) const;
  Answer ask(Question question, Patience& patience);
  ReplyHeader exchange(const Question& question, Patience& patience);
  ReplyHeader exchange_once(Line& line, const Question& question, Patience& patience);
  Line& line_to(const Url& server);
  std::optional<Proxy> proxy_for(const Url& server) const;
  [[noreturn]] void fail_status(const Answer& answer) const;
  void finish(const Answer& answer, Body& body);
  std::uint64_t bytes_to_skip(const Answer& answer, const Range& range, std::uint64_t size) const;

  std::string address_;
  Url base_;
  HttpOptions options_;
  Poco::Net::Context::Ptr tls_;
  std::map<std::string, std::unique_ptr<Line>> lines_;  // by Url::origin
};

}  // namespace xppkg::http
