#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/byte_range.hpp"
#include "base/stream.hpp"
#include "fs/file_system.hpp"
#include "xppkg/error.hpp"
#include "xppkg/observer.hpp"

namespace xppkg::source {

/// A place where signed files are read: a web server, a folder, a database. It is not trusted: the
/// caller verifies everything that it gives. Paths are relative, "/" between the
/// parts, made of the characters A-Z a-z 0-9 . _ ~ - and "/" only, all others percent-encoded; a
/// folder has a file under the name as it stands here. Not for use from two threads at
/// once. Errors: Error{transport_*} with the facts "source" and "path".
class Source {
 public:
  virtual ~Source() = default;

  /// As configured, without a password: for messages.
  [[nodiscard]] virtual const std::string& address() const = 0;

  /// The whole of a file of at most `limit` bytes; nothing if the source has no such file. More
  /// bytes than `limit` are never read: Error{limit_exceeded}.
  virtual std::optional<Bytes> read(const std::string& path, std::uint64_t limit,
                                    Observer& observer) = 0;

  /// Writes the bytes of a range to `out`, never more. `size` is the signed length of the whole
  /// file. Bytes that arrived before a failure have been written. A missing file is
  /// Error{notfound_file}, a body cut short Error{transport_truncated}.
  virtual void read_range(const std::string& path, const ByteRange& range, std::uint64_t size,
                          Sink& out, Observer& observer) = 0;

  /// For a source that gave a wrong range of a file: from now on, or no longer, it asks for whole
  /// files and takes ranges from them. False: it makes no difference here.
  virtual bool set_whole_files(bool /*whole*/) { return false; }
  /// True after retries failed, or it was too slow: other sources are asked first for the rest of
  /// the run.
  [[nodiscard]] virtual bool is_given_up() const { return false; }
  /// Why `read` had no file last time, where it is not simply missing: a web server's status, or 0.
  [[nodiscard]] virtual int refusal() const { return 0; }
};

/// The order in which sources are asked: as configured, with those that were given up at the end.
std::vector<Source*> in_order(std::span<const std::unique_ptr<Source>> sources);
/// The same again, after some of them were asked.
void put_in_order(std::vector<Source*>& sources);

/// For a file that a source must have, after `read` gave nothing: Error{notfound_file}, or
/// Error{transport_status} where the source refuses it.
Error missing_file(const Source& source, const std::string& path);

/// How web sources are reached.
struct HttpOptions {
  std::string proxy;  ///< "http://[user:password@]host:port"; empty: from http_proxy, https_proxy,
                      ///< no_proxy of the environment; "none": directly
  std::string
      ca_file;  ///< PEM file of certificates to trust instead of the system's; empty: system
  std::chrono::seconds timeout{30};  ///< for connecting, and for each wait for bytes
};

/// Opens "https://", "http://" or "file:" addresses. `disk` must outlive the source. Throws
/// Error{usage_invalid} for another scheme, Error{transport_unreachable} where the library of web
/// sources is not installed (web_library.hpp). No connection is made yet.
std::unique_ptr<Source> open_source(const std::string& url, const HttpOptions& options,
                                    fs::FileSystem& disk);
/// The same, opened at the first request: what cannot be opened is, to the caller, a source that
/// cannot be reached, Error{transport_unreachable} with the reason, and no matter to a run that
/// asks it for nothing.
std::unique_ptr<Source> open_when_asked(const std::string& url, const HttpOptions& options,
                                        fs::FileSystem& disk);
/// Throws Error{usage_invalid} for an address that open_source would not take.
void check_source_address(const std::string& url, fs::FileSystem& disk);

}  // namespace xppkg::source
