#pragma once

#include <Poco/Net/Context.h>
#include <Poco/Net/HTTPRequest.h>

#include <memory>
#include <optional>
#include <string>

#include "base/bytes.hpp"
#include "http/proxy.hpp"
#include "source/stall_timeout.hpp"
#include "source/url.hpp"

namespace xppkg::http {

using source::StallTimeout;

/// A connection to one web server, perhaps through a proxy. It connects at the first request and is
/// kept for more. Poco makes the connection and sends the request; what comes back is read here, in
/// short waits, because Poco's own streams lose bytes at a timeout, take a body that is cut short
/// for a whole one, and set no limit to a header. Throws Poco's exceptions and Error.
class HttpConnection {
 public:
  virtual ~HttpConnection() = default;

  /// Sends a request without a body. Adds what the proxy needs.
  virtual void send(Poco::Net::HTTPRequest& request) = 0;

  /// One or more bytes, as soon as there are any; 0 when the server has closed the connection.
  std::size_t read(MutableByteView out, StallTimeout& stall_timeout);
  /// The next byte, or -1 at the end.
  int read_byte(StallTimeout& stall_timeout);

  /// True if a response was read to its end over this connection: it may have been closed
  /// meanwhile.
  [[nodiscard]] bool used() const { return used_; }
  void mark_used() { used_ = true; }
  /// True if the server sent more than was read: whatever it is, it is no response.
  [[nodiscard]] bool has_leftover() const { return at_ < buffer_.size(); }

 protected:
  /// Reads the bytes that the socket has; throws Poco::TimeoutException after kSlice without a
  /// byte.
  virtual int receive_some(char* out, int size) = 0;

 private:
  std::size_t receive(MutableByteView out, StallTimeout& stall_timeout);

  Bytes buffer_;
  std::size_t at_ = 0;
  bool used_ = false;
};

/// A connection to `server`. `tls` is used for https only.
std::unique_ptr<HttpConnection> make_connection(const Url& server,
                                                const std::optional<Proxy>& proxy,
                                                std::chrono::milliseconds timeout,
                                                const Poco::Net::Context::Ptr& tls);

/// A TLS context that checks servers strictly: chain and host name; TLS 1.2 or newer.
Poco::Net::Context::Ptr make_tls_context(const std::string& ca_file);

/// The value of an "Authorization" or "Proxy-Authorization" header.
std::string basic_credentials(const std::string& user, const std::string& password);

}  // namespace xppkg::http
