#include "http_source.hpp"

#include <Poco/Net/NetException.h>
#include <Poco/Net/SSLException.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "content.hpp"
#include "sigpipe_guard.hpp"
#include "source/pause.hpp"
#include "source/range.hpp"
#include "status_error.hpp"

namespace xppkg::http {
namespace {

constexpr int kMaxRedirects = 5;
constexpr std::size_t kPiece = 64 * 1024;
constexpr std::size_t kMaxConnections = 4;
constexpr int kTries = 4;
constexpr std::chrono::milliseconds kFirstPause{250};
constexpr std::chrono::seconds kMaxPause{10};

bool is_missing(int status) {
  return status == 403 || status == 404 || status == 410;
}

bool is_redirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

/// True for a broken connection; false for failures that come again at the next try (an unknown
/// name, a certificate), or that were waited for long enough.
bool is_passing(const Poco::Exception& exception) {
  using Poco::Net::SSLConnectionUnexpectedlyClosedException;
  const auto is = [&]<typename Kind>(const Kind*) {
    return dynamic_cast<const Kind*>(&exception) != nullptr;
  };
  if (is(static_cast<const SSLConnectionUnexpectedlyClosedException*>(nullptr))) return true;
  return is(static_cast<const Poco::IOException*>(nullptr)) &&
         !is(static_cast<const Poco::FileException*>(nullptr)) &&
         !is(static_cast<const Poco::Net::SSLException*>(nullptr)) &&
         !is(static_cast<const Poco::Net::HostNotFoundException*>(nullptr));
}

/// True for errors of this room; any other comes from the caller's sink and passes through
/// untouched.
bool is_ours(Code code) {
  return code == Code::transport_unreachable || code == Code::transport_status ||
         code == Code::transport_truncated || code == Code::transport_refused ||
         code == Code::transport_not_ours || code == Code::transport_encoding ||
         code == Code::notfound_file || code == Code::limit_exceeded;
}

/// How long to wait before a try: longer each time, and as long as the server asks for, but never
/// longer than kMaxPause, so that no server holds us.
std::chrono::milliseconds pause_before_retry(int retry, const std::optional<std::uint64_t>& asked) {
  const std::chrono::milliseconds own = kFirstPause * (1 << (retry - 1));
  if (!asked) return own;
  const std::chrono::milliseconds wanted =
      std::chrono::seconds(std::min<std::uint64_t>(*asked, kMaxPause.count()));
  return std::max(own, wanted);
}

/// Bytes of the body before the range; nothing where the response is of no use for it.
std::optional<std::uint64_t> bytes_before(const ResponseHeader& header, const ByteRange& range,
                                          std::uint64_t size) {
  if (header.status() == 200) return range.begin;
  if (header.status() != 206 || !header.list("Content-Encoding").empty()) return std::nullopt;
  const auto given = parse_content_range(header.get("Content-Range"));
  if (!given || given->first > range.begin || given->last < range.end - 1 ||
      given->total.value_or(size) != size) {
    return std::nullopt;
  }
  const auto length = header.content_length();
  if (length && *length - 1 != given->last - given->first) return std::nullopt;
  return range.begin - given->first;
}

/// True for a response to a request for a part after which the whole is asked for: the server has
/// the file, perhaps, but not in parts, or something between us and it does not.
bool is_refusal(const ResponseHeader& header, const ByteRange& range, std::uint64_t size) {
  const int status = header.status();
  if (may_pass(status) || status == 404 || status == 410) return false;
  if (!bytes_before(header, range, size)) return true;
  const bool is_as_it_is =
      header.list("Content-Encoding").empty() && header.list("Transfer-Encoding").empty();
  return status == 200 && is_as_it_is && header.content_length().value_or(size) != size;
}

Error with_place(const Error& error, const std::string& source, const std::string& path) {
  Error placed(error.code(), {{"source", source}, {"path", path}});
  for (const Fact& fact : error.facts()) placed.with(fact.name, fact.value);
  return placed;
}

[[noreturn]] void over_limit(std::uint64_t limit) {
  throw Error(Code::limit_exceeded, {{"limit", fmt::to_string(limit)}});
}

Bytes read_all(Content& content, std::uint64_t limit) {
  if (content.length().value_or(0) > limit) over_limit(limit);
  Bytes bytes;
  while (true) {
    const std::size_t done = bytes.size();
    // One byte more than the limit is requested, to tell a full file from an endless one.
    const std::uint64_t most = std::min<std::uint64_t>(limit - done, kPiece);
    bytes.resize(done + std::max<std::size_t>(1, static_cast<std::size_t>(most)));
    const std::size_t got = content.read(MutableByteView(bytes).subspan(done));
    bytes.resize(done + got);
    if (got == 0) return bytes;
    if (bytes.size() > limit) over_limit(limit);
  }
}

/// True if a partial response to a request for the whole holds just that, as some servers have it.
bool holds_whole(const ResponseHeader& header) {
  const auto given = parse_content_range(header.get("Content-Range"));
  return header.status() == 206 && given && given->first == 0 && given->total &&
         given->last + 1 == *given->total;
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
}

HttpSource::~HttpSource() {
  const SigpipeGuard quiet;  // TLS says good-bye, perhaps to nobody
  connections_.clear();
}

/// Runs one call of the interface: nothing but Error leaves it, with the place it belongs to, and
/// after a failure no connection is trusted.
template <typename Work>
auto HttpSource::translate_errors(const std::string& path, const Work& work) {
  const SigpipeGuard quiet;
  source::check_path(path);
  try {
    return work();
  } catch (const Error& error) {
    connections_.clear();
    if (!is_ours(error.code())) throw;
    throw with_place(error, address_, path);
  } catch (const std::exception& exception) {
    connections_.clear();
    throw Error(Code::internal,
                {{"source", address_}, {"path", path}, {"cause", exception.what()}});
  }
}

/// Runs one try: Poco's exceptions become ours, and it is noted whether the failure may pass.
template <typename Work>
auto HttpSource::translated(Failure& failure, const Work& work) {
  try {
    return work();
  } catch (const StatusError& error) {
    failure = {error.may_pass(), error.wait()};
    throw;
  } catch (const Error& error) {
    failure.may_pass = error.code() == Code::transport_truncated && !has_passed_on_;
    throw;
  } catch (const Poco::Exception& exception) {
    failure.may_pass = is_passing(exception);
    Error error(Code::transport_unreachable);
    if (const auto proxy = proxy_for(base_)) error.with("proxy", proxy->address());
    throw error.with("cause", exception.displayText());
  }
}

/// Repeats `work` until it succeeds, its retries are used up, or its failure cannot pass. A source
/// that was given up once gets one try for each request of the same run.
template <typename Work>
auto HttpSource::with_retries(Observer& observer, const Work& work) {
  const int tries = is_given_up_ ? 1 : kTries;
  has_passed_on_ = false;
  for (int done = 1;; ++done) {
    StallTimeout stall_timeout(options_.timeout, observer);
    Failure failure;
    const bool is_last_retry = done > 1 && done == tries;
    try {
      return translated(failure, [&] { return work(stall_timeout, is_last_retry); });
    } catch (const Error&) {
      // A caller who waited for the whole deadline does not wait for the same again.
      const bool ends = !failure.may_pass || stall_timeout.is_over() || done == tries;
      is_given_up_ = is_given_up_ || stall_timeout.is_over() || (failure.may_pass && ends);
      if (ends) throw;
    }
    connections_.clear();
    source::pause(pause_before_retry(done, failure.wait), observer);
  }
}

std::optional<Bytes> HttpSource::read(const std::string& path, std::uint64_t limit,
                                      Observer& observer) {
  return translate_errors(path, [&] {
    return with_retries(observer, [&](StallTimeout& stall_timeout, bool) -> std::optional<Bytes> {
      const Response response = send(request_for(path), stall_timeout);
      const int status = response.header.status();
      Body body(*response.connection, response.header, stall_timeout);
      refusal_ = status == 403 ? status : 0;
      if (is_missing(status)) {
        finish(response, body);
        return std::nullopt;
      }
      if (status != 200 && !holds_whole(response.header)) fail_status(response);
      Content content(body, response.header, limit);
      if (content.is_message(response.header.content_type())) not_ours(response);
      std::optional<Bytes> bytes = read_all(content, limit);
      finish(response, body);
      return bytes;
    });
  });
}

/// Bytes that were passed on cannot be taken back: the caller resumes a body that breaks off after
/// that.
void HttpSource::read_range(const std::string& path, const ByteRange& range, std::uint64_t size,
                            Sink& out, Observer& observer) {
  source::check_range(range, size);
  translate_errors(path, [&] {
    if (range.begin == range.end) return;
    bool in_part = !whole_files_ && !source::is_whole(range, size);
    with_retries(observer, [&](StallTimeout& stall_timeout, bool is_last_retry) {
      in_part = in_part && !is_last_retry;
      const Response response = send_for_range(path, range, size, in_part, stall_timeout);
      const auto before = bytes_before(response.header, range, size);
      if (!before) fail_range(response, range, size);
      Body body(*response.connection, response.header, stall_timeout);
      Content content(body, response.header, size);
      if (response.header.status() == 200 && content.is_web_page()) not_ours(response);
      pass_on(content, *before, range.size(), out);
      finish(response, body);
      return true;
    });
  });
}

/// Passes `want` bytes on after throwing `skip` away.
void HttpSource::pass_on(Content& content, std::uint64_t skip, std::uint64_t want, Sink& out) {
  Bytes buffer(kPiece);
  const std::uint64_t expected = want;
  while (want > 0) {
    const std::uint64_t most = std::min<std::uint64_t>(kPiece, skip > 0 ? skip : want);
    const std::size_t got =
        content.read(MutableByteView(buffer).first(static_cast<std::size_t>(most)));
    if (got == 0) {
      throw Error(Code::transport_truncated, {{"cause", "the body is shorter than the file"},
                                              {"missing", fmt::to_string(want)},
                                              {"expected", fmt::to_string(expected)}});
    }
    if (skip > 0) {
      skip -= got;
    } else {
      has_passed_on_ = true;
      out.write(ByteView(buffer).first(got));
      want -= got;
    }
  }
}

/// A part that the server refuses, in whatever way, is followed by the whole file, of which the
/// beginning is thrown away; so is one that it hangs up on again and again.
HttpSource::Response HttpSource::send_for_range(const std::string& path, const ByteRange& range,
                                                std::uint64_t size, bool& in_part,
                                                StallTimeout& stall_timeout) {
  const Request whole = request_for(path);
  Request part = whole;
  part.range = fmt::format("bytes={}-{}", range.begin, range.end - 1);
  Response response = send(in_part ? part : whole, stall_timeout);
  if (in_part && is_refusal(response.header, range, size)) {
    in_part = false;
    connections_.clear();  // its body is not worth reading
    response = send(whole, stall_timeout);
  }
  const int status = response.header.status();
  if (!is_missing(status)) return response;
  throw Error(Code::notfound_file, {{"status", fmt::to_string(status)}});
}

bool HttpSource::set_whole_files(bool whole) {
  whole_files_ = whole;
  return true;
}

void HttpSource::fail_range(const Response& response, const ByteRange& range,
                            std::uint64_t size) const {
  if (response.header.status() != 206) fail_status(response);
  throw Error(Code::transport_status,
              {{"status", "206"},
               {"reason", "another range than was asked for"},
               {"expected", fmt::format("{}-{}/{}", range.begin, range.end - 1, size)},
               {"actual", response.header.get("Content-Range").substr(0, 64)}});
}

HttpSource::Request HttpSource::request_for(const std::string& path) const {
  Request request{base_, {}};
  request.url.target += '/';
  request.url.target += path;
  return request;
}

HttpSource::Response HttpSource::send(Request request, StallTimeout& stall_timeout) {
  for (int i = 0; i <= kMaxRedirects; ++i) {
    ResponseHeader header = exchange(request, stall_timeout);
    const auto connection = connections_.find(request.url.origin());
    Response response{request.url, std::move(header), connection->second.get()};
    const std::string location = response.header.get("Location");
    if (!is_redirect(response.header.status()) || location.empty()) return response;
    request.url = source::redirected(response.url, location);
    connections_.erase(connection);  // its body is not worth reading
  }
  throw Error(Code::transport_refused, {{"reason", "more than 5 redirects"}});
}

/// A server may close a keep-alive connection, which shows only at the next request: that one is
/// sent again at once, over a new connection. `with_retries` handles failures on a new one.
ResponseHeader HttpSource::exchange(const Request& request, StallTimeout& stall_timeout) {
  HttpConnection& connection = connection_to(request.url);
  if (!connection.used()) return exchange_once(connection, request, stall_timeout);
  try {
    return exchange_once(connection, request, stall_timeout);
  } catch (const Poco::Exception&) {
    // Closed meanwhile.
  } catch (const Error& error) {
    // Or the response before had more bytes than it said.
    if (error.code() != Code::transport_unreachable || stall_timeout.is_over()) throw;
  }
  connections_.erase(request.url.origin());
  return exchange_once(connection_to(request.url), request, stall_timeout);
}

ResponseHeader HttpSource::exchange_once(HttpConnection& connection, const Request& request,
                                         StallTimeout& stall_timeout) {
  using Poco::Net::HTTPRequest;
  HTTPRequest message(HTTPRequest::HTTP_GET, request.url.target, HTTPRequest::HTTP_1_1);
  message.set("Host", request.url.authority());
  message.set("User-Agent", "xppkg/" XPPKG_VERSION);
  message.set("Accept-Encoding", "identity");
  if (!request.range.empty()) message.set("Range", request.range);
  const bool at_home = request.url.origin() == base_.origin();
  if (at_home && !base_.user.empty()) {
    message.set("Authorization", basic_credentials(base_.user, base_.password));
  }
  stall_timeout.check();
  connection.send(message);
  return read_header(connection, stall_timeout);
}

HttpConnection& HttpSource::connection_to(const Url& server) {
  const std::string origin = server.origin();
  if (const auto found = connections_.find(origin); found != connections_.end())
    return *found->second;
  if (connections_.size() >= kMaxConnections) connections_.clear();
  if (server.tls && tls_.isNull()) tls_ = make_tls_context(options_.ca_file);
  auto connection = make_connection(server, proxy_for(server), options_.timeout, tls_);
  return *connections_.emplace(origin, std::move(connection)).first->second;
}

std::optional<Proxy> HttpSource::proxy_for(const Url& server) const {
  return choose_proxy(options_.proxy, server, process_environment);
}

void HttpSource::fail_status(const Response& response) const {
  const int status = response.header.status();
  if (status == 511) not_ours(response);
  StatusError error(response.header);
  if (response.url.origin() != base_.origin()) error.with("redirect", response.url.origin());
  if (status == 407) {
    const auto proxy = proxy_for(response.url);
    error.with("proxy", proxy ? proxy->address() : "none");
    error.with("reason", "the proxy wants another user name or password");
  }
  throw error;
}

/// A login page, a block page, or the page that a web server gives for all that it does not have.
void HttpSource::not_ours(const Response& response) const {
  Error error(Code::transport_not_ours);
  if (const std::string type = response.header.content_type(); !type.empty()) {
    error.with("type", type.substr(0, 64));
  }
  if (response.header.status() != 200)
    error.with("status", fmt::to_string(response.header.status()));
  if (response.url.origin() != base_.origin()) error.with("redirect", response.url.origin());
  throw error;
}

/// Keeps the connection if the response can be read to its end. The caller has all bytes already,
/// so failures here matter only to the connection.
void HttpSource::finish(const Response& response, Body& body) {
  try {
    read_rest(body);
  } catch (const std::exception&) {
    connections_.erase(response.url.origin());
    return;
  }
  if (body.connection_is_reusable() && !response.connection->has_leftover()) {
    response.connection->mark_used();
  } else {
    connections_.erase(response.url.origin());
  }
}

}  // namespace xppkg::http
