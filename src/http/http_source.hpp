#pragma once

#include <map>

#include "content.hpp"
#include "reply.hpp"
#include "source/source.hpp"

namespace xppkg::http {

using source::HttpOptions;
using source::Range;
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
  void read_range(const std::string& path, const Range& range, std::uint64_t size, Sink& out,
                  Observer& observer) override;
  bool set_whole_files(bool whole) override;
  [[nodiscard]] bool is_given_up() const override { return is_given_up_; }
  [[nodiscard]] int refusal() const override { return refusal_; }

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
  /// Facts about a failure.
  struct Hiccup {
    bool may_pass = false;
    std::optional<std::uint64_t> wait;  // seconds that the server asks for
  };

  template <typename Work>
  auto at_the_edge(const std::string& path, const Work& work);
  template <typename Work>
  auto persistently(Observer& observer, const Work& work);
  template <typename Work>
  auto translated(Hiccup& hiccup, const Work& work);
  [[nodiscard]] Question question(const std::string& path) const;
  Answer ask(Question question, Patience& patience);
  Answer ask_for_range(const std::string& path, const Range& range, std::uint64_t size,
                       bool& in_part, Patience& patience);
  void pass_on(Content& content, std::uint64_t skip, std::uint64_t want, Sink& out);
  ReplyHeader exchange(const Question& question, Patience& patience);
  ReplyHeader exchange_once(Line& line, const Question& question, Patience& patience);
  Line& line_to(const Url& server);
  [[nodiscard]] std::optional<Proxy> proxy_for(const Url& server) const;
  [[noreturn]] void fail_status(const Answer& answer) const;
  [[noreturn]] void fail_range(const Answer& answer, const Range& range, std::uint64_t size) const;
  [[noreturn]] void not_ours(const Answer& answer) const;
  void finish(const Answer& answer, Body& body);

  std::string address_;
  Url base_;
  HttpOptions options_;
  bool whole_files_ = false;
  bool is_given_up_ = false;
  bool has_passed_on_ = false;  // bytes, to the sink of this call
  int refusal_ = 0;
  Poco::Net::Context::Ptr tls_;
  std::map<std::string, std::unique_ptr<Line>> lines_;  // by Url::origin
};

}  // namespace xppkg::http
