#include "http_source.hpp"

#include <Poco/Net/NetException.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "broken_pipe.hpp"
#include "source/range.hpp"

namespace xppkg::http {
namespace {

constexpr int kMaxRedirects = 5;
constexpr std::size_t kPiece = 64 * 1024;
constexpr std::size_t kMaxLines = 4;

bool is_missing(int status) {
  return status == 403 || status == 404 || status == 410;
}

bool is_redirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

/// What this room says itself; anything else comes from the caller's sink and goes up untouched.
bool is_ours(Code code) {
  return code == Code::transport_unreachable || code == Code::transport_status ||
         code == Code::transport_truncated || code == Code::transport_refused ||
         code == Code::not_found_file || code == Code::limit_exceeded;
}

Error with_place(const Error& error, const std::string& source, const std::string& path) {
  Error placed(error.code(), {{"source", source}, {"path", path}});
  for (const Fact& fact : error.facts()) placed.with(fact.name, fact.value);
  return placed;
}

[[noreturn]] void over_limit(std::uint64_t limit) {
  throw Error(Code::limit_exceeded, {{"limit", fmt::to_string(limit)}});
}

Bytes read_all(Body& body, std::uint64_t limit) {
  if (body.length().value_or(0) > limit) over_limit(limit);
  Bytes bytes;
  while (true) {
    const std::size_t done = bytes.size();
    // At the limit one byte more is asked for, to tell a full file from an endless one.
    const std::uint64_t most = std::min<std::uint64_t>(limit - done, kPiece);
    bytes.resize(done + std::max<std::size_t>(1, static_cast<std::size_t>(most)));
    const std::size_t got = body.read(MutableByteView(bytes).subspan(done));
    bytes.resize(done + got);
    if (got == 0) return bytes;
    if (bytes.size() > limit) over_limit(limit);
  }
}

/// Passes `want` bytes on after throwing `skip` away.
void pass_on(Body& body, std::uint64_t skip, std::uint64_t want, Sink& out) {
  Bytes buffer(kPiece);
  const std::uint64_t expected = want;
  while (want > 0) {
    const std::uint64_t most = std::min<std::uint64_t>(kPiece, skip > 0 ? skip : want);
    const std::size_t got =
        body.read(MutableByteView(buffer).first(static_cast<std::size_t>(most)));
    if (got == 0) {
      throw Error(Code::transport_truncated, {{"cause", "the body is shorter than the file"},
                                              {"missing", fmt::to_string(want)},
                                              {"expected", fmt::to_string(expected)}});
    }
    if (skip > 0) {
      skip -= got;
    } else {
      out.write(ByteView(buffer).first(got));
      want -= got;
    }
  }
}

/// The page that comes with a 404, or the end mark behind the last chunk; nothing long.
void read_rest(Body& body) {
  constexpr std::uint64_t kShort = 16 * 1024;
  std::array<std::uint8_t, 1024> rest{};
  if (!body.length()) {
    static_cast<void>(body.read(rest));
  } else if (*body.length() <= kShort) {
    while (body.read(rest) > 0) {
    }
  }
}

}  // namespace

HttpSource::HttpSource(const std::string& url, HttpOptions options)
    : address_(source::without_password(url)),
      base_(Url::parse(url)),
      options_(std::move(options)) {
  base_.target.erase(base_.target.find_last_not_of('/') + 1);
  static_cast<void>(proxy_for(base_));
}

HttpSource::~HttpSource() {
  const QuietPipes quiet;  // TLS says good-bye, perhaps to nobody
  lines_.clear();
}

/// Runs one call of the interface: nothing but Error leaves it, with the place it belongs to, and
/// after a failure no connection is trusted.
template <typename Work>
auto HttpSource::at_the_edge(const std::string& path, const Work& work) {
  const QuietPipes quiet;
  source::check_path(path);
  try {
    return work();
  } catch (const Error& error) {
    lines_.clear();
    if (!is_ours(error.code())) throw;
    throw with_place(error, address_, path);
  } catch (const Poco::Exception& exception) {
    lines_.clear();
    Error error(Code::transport_unreachable, {{"source", address_}, {"path", path}});
    if (const auto proxy = proxy_for(base_)) error.with("proxy", proxy->address());
    throw error.with("cause", exception.displayText());
  } catch (const std::exception& exception) {
    lines_.clear();
    throw Error(Code::internal,
                {{"source", address_}, {"path", path}, {"cause", exception.what()}});
  }
}

std::optional<Bytes> HttpSource::read(const std::string& path, std::uint64_t limit,
                                      Observer& observer) {
  return at_the_edge(path, [&]() -> std::optional<Bytes> {
    Patience patience(options_.timeout, observer);
    const Answer answer = ask(question(path), patience);
    Body body(*answer.line, answer.header, patience);
    if (is_missing(answer.header.status)) {
      finish(answer, body);
      return std::nullopt;
    }
    if (answer.header.status != 200) fail_status(answer);
    std::optional<Bytes> bytes = read_all(body, limit);
    finish(answer, body);
    return bytes;
  });
}

void HttpSource::read_range(const std::string& path, const Range& range, std::uint64_t size,
                            Sink& out, Observer& observer) {
  source::check_range(range, size);
  at_the_edge(path, [&] {
    if (range.begin == range.end) return;
    Patience patience(options_.timeout, observer);
    Question wanted = question(path);
    if (!source::is_whole(range, size))
      wanted.range = fmt::format("bytes={}-{}", range.begin, range.end - 1);
    const Answer answer = ask(std::move(wanted), patience);
    if (is_missing(answer.header.status)) throw Error(Code::not_found_file);
    const std::uint64_t skip = bytes_to_skip(answer, range, size);
    Body body(*answer.line, answer.header, patience);
    pass_on(body, skip, range.size(), out);
    finish(answer, body);
  });
}

/// A server may ignore the range and send the whole file; what it must not do is send another part
/// of it, or a part of another file.
std::uint64_t HttpSource::bytes_to_skip(const Answer& answer, const Range& range,
                                        std::uint64_t size) const {
  if (answer.header.status == 200) return range.begin;
  if (answer.header.status != 206 || source::is_whole(range, size)) fail_status(answer);
  const std::string text = answer.header.get("Content-Range");
  const auto given = parse_content_range(text);
  if (!given || given->first != range.begin || given->total != size) {
    throw Error(Code::transport_status,
                {{"status", "206"},
                 {"reason", "another range than was asked for"},
                 {"expected", fmt::format("{}-{}/{}", range.begin, range.end - 1, size)},
                 {"actual", text}});
  }
  return 0;
}

HttpSource::Question HttpSource::question(const std::string& path) const {
  Question question{base_, {}};
  question.url.target += '/';
  question.url.target += path;
  return question;
}

HttpSource::Answer HttpSource::ask(Question question, Patience& patience) {
  for (int i = 0; i <= kMaxRedirects; ++i) {
    ReplyHeader header = exchange(question, patience);
    const auto line = lines_.find(question.url.origin());
    Answer answer{question.url, std::move(header), line->second.get()};
    const std::string location = answer.header.get("Location");
    if (!is_redirect(answer.header.status) || location.empty()) return answer;
    question.url = source::redirected(answer.url, location);
    lines_.erase(line);  // its body is not worth reading
  }
  throw Error(Code::transport_refused, {{"reason", "more than 5 redirects"}});
}

/// A server closes a connection that is idle for long, which shows only at the next request: that
/// one is sent again, over a new connection. A request that failed on a new one is not.
ReplyHeader HttpSource::exchange(const Question& question, Patience& patience) {
  Line& line = line_to(question.url);
  if (!line.used()) return exchange_once(line, question, patience);
  try {
    return exchange_once(line, question, patience);
  } catch (const Poco::Exception&) {
    lines_.erase(question.url.origin());
  }
  return exchange_once(line_to(question.url), question, patience);
}

ReplyHeader HttpSource::exchange_once(Line& line, const Question& question, Patience& patience) {
  using Poco::Net::HTTPRequest;
  HTTPRequest request(HTTPRequest::HTTP_GET, question.url.target, HTTPRequest::HTTP_1_1);
  request.set("Host", question.url.authority());
  request.set("User-Agent", "xppkg/" XPPKG_VERSION);
  request.set("Accept-Encoding", "identity");
  if (!question.range.empty()) request.set("Range", question.range);
  const bool at_home = question.url.origin() == base_.origin();
  if (at_home && !base_.user.empty()) {
    request.set("Authorization", basic_credentials(base_.user, base_.password));
  }
  patience.check();
  line.send(request);
  return read_header(line, patience);
}

Line& HttpSource::line_to(const Url& server) {
  const std::string origin = server.origin();
  if (const auto found = lines_.find(origin); found != lines_.end()) return *found->second;
  if (lines_.size() >= kMaxLines) lines_.clear();
  if (server.tls && tls_.isNull()) tls_ = make_tls_context(options_.ca_file);
  auto line = make_line(server, proxy_for(server), options_.timeout, tls_);
  return *lines_.emplace(origin, std::move(line)).first->second;
}

std::optional<Proxy> HttpSource::proxy_for(const Url& server) const {
  return choose_proxy(options_.proxy, server, process_environment);
}

void HttpSource::fail_status(const Answer& answer) const {
  Error error(Code::transport_status, {{"status", fmt::to_string(answer.header.status)}});
  if (answer.url.origin() != base_.origin()) error.with("redirect", answer.url.origin());
  if (answer.header.status == 407) {
    const auto proxy = proxy_for(answer.url);
    error.with("proxy", proxy ? proxy->address() : "none");
    error.with("reason", "the proxy wants another user name or password");
  }
  throw error;
}

/// Keeps the connection if the answer can be read to its end. The caller has what it wants already,
/// so that nothing that goes wrong here matters but to the connection.
void HttpSource::finish(const Answer& answer, Body& body) {
  try {
    read_rest(body);
  } catch (const std::exception&) {
    lines_.erase(answer.url.origin());
    return;
  }
  if (body.line_is_reusable() && !answer.line->has_leftover()) {
    answer.line->mark_used();
  } else {
    lines_.erase(answer.url.origin());
  }
}

}  // namespace xppkg::http
