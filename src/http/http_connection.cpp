#include "http_connection.hpp"

#include <Poco/Base64Encoder.h>
#include <Poco/Net/HTTPClientSession.h>
#include <Poco/Net/HTTPSClientSession.h>
#include <Poco/Net/SecureStreamSocket.h>

#include <algorithm>
#include <sstream>
#include <utility>

#include "response_header.hpp"
#include "status_error.hpp"

namespace xppkg::http {
namespace {

using Poco::Net::Context;
using Poco::Net::HTTPClientSession;
using Poco::Net::HTTPRequest;
using Poco::Net::HTTPSClientSession;
using Poco::Net::SecureStreamSocket;
using Poco::Net::SocketAddress;
using Poco::Net::StreamSocket;

/// How long one wait for bytes lasts before the observer is asked again.
constexpr long kSliceMicroseconds = 100'000;

Poco::Timespan timespan(std::chrono::milliseconds time) {
  return {time.count() * 1000};
}

void set_up(HTTPClientSession& session, std::chrono::milliseconds timeout) {
  session.setKeepAlive(true);
  session.setTimeout(timespan(timeout), timespan(timeout), Poco::Timespan(kSliceMicroseconds));
}

/// http, to the server itself or to a proxy that is told the whole address.
class PlainConnection final : public HttpConnection, private HTTPClientSession {
 public:
  PlainConnection(const Url& server, std::optional<Proxy> proxy, std::chrono::milliseconds timeout)
      : HTTPClientSession(proxy ? proxy->host : server.host, proxy ? proxy->port : server.port),
        origin_(server.origin()),
        proxy_(std::move(proxy)) {
    set_up(*this, timeout);
  }

  void send(HTTPRequest& request) override {
    if (proxy_) {
      request.setURI(origin_ + request.getURI());
      if (!proxy_->user.empty()) {
        request.set("Proxy-Authorization", basic_credentials(proxy_->user, proxy_->password));
      }
    }
    sendRequest(request);
    flushRequest();
  }

  [[nodiscard]] StreamSocket take_socket() { return detachSocket(); }

 protected:
  int receive_some(char* out, int size) override { return HTTPClientSession::read(out, size); }

 private:
  std::string origin_;
  std::optional<Proxy> proxy_;
};

/// Asks a proxy for a tunnel. Poco's own way hides the proxy's status.
StreamSocket open_tunnel(const Url& server, const Proxy& proxy, std::chrono::milliseconds timeout) {
  Url to_proxy;
  to_proxy.host = proxy.host;
  to_proxy.port = proxy.port;
  PlainConnection connection(to_proxy, std::nullopt, timeout);
  const std::string target =
      server.authority() + (server.authority().ends_with(":" + std::to_string(server.port))
                                ? ""
                                : ":" + std::to_string(server.port));
  HTTPRequest request(HTTPRequest::HTTP_CONNECT, target, HTTPRequest::HTTP_1_1);
  request.set("Host", target);
  if (!proxy.user.empty()) {
    request.set("Proxy-Authorization", basic_credentials(proxy.user, proxy.password));
  }
  connection.send(request);
  Observer nobody;
  StallTimeout stall_timeout(timeout, nobody);
  const ResponseHeader header = read_header(connection, stall_timeout);
  if (header.status() != 200) {
    StatusError error(header);
    error.with("proxy", proxy.address()).with("reason", "the proxy refused the connection");
    throw error;
  }
  return connection.take_socket();
}

/// https, to the server itself or through a tunnel.
class TlsConnection final : public HttpConnection, private HTTPSClientSession {
 public:
  TlsConnection(const Url& server, std::optional<Proxy> proxy, std::chrono::milliseconds timeout,
                const Context::Ptr& tls)
      : HTTPSClientSession(server.host, server.port, tls),
        server_(server),
        proxy_(std::move(proxy)),
        timeout_(timeout),
        tls_(tls) {
    set_up(*this, timeout);
    // Only so that Poco resolves the proxy's name, not the server's, which the client's network may
    // not know.
    if (proxy_) setProxy(proxy_->host, proxy_->port);
  }

  void send(HTTPRequest& request) override {
    sendRequest(request);
    flushRequest();
  }

 protected:
  int receive_some(char* out, int size) override { return HTTPSClientSession::read(out, size); }

  void connect(const SocketAddress& address) override {
    if (!proxy_) return HTTPSClientSession::connect(address);
    StreamSocket raw = open_tunnel(server_, *proxy_, timeout_);
    raw.setReceiveTimeout(timespan(timeout_));  // for the handshake
    SecureStreamSocket secure = SecureStreamSocket::attach(raw, server_.host, tls_, nullptr);
    raw.setReceiveTimeout(Poco::Timespan(kSliceMicroseconds));
    attachSocket(secure);
  }

 private:
  Url server_;
  std::optional<Proxy> proxy_;
  std::chrono::milliseconds timeout_;
  Context::Ptr tls_;
};

}  // namespace

std::size_t HttpConnection::receive(MutableByteView out, StallTimeout& stall_timeout) {
  while (true) {
    const auto begin = std::chrono::steady_clock::now();
    std::size_t got = 0;
    bool silent = false;
    try {
      const auto most = static_cast<int>(std::min<std::size_t>(out.size(), 1 << 20));
      got = static_cast<std::size_t>(
          std::max(0, receive_some(reinterpret_cast<char*>(out.data()), most)));
    } catch (const Poco::TimeoutException&) {
      silent = true;
    }
    stall_timeout.waited(std::chrono::steady_clock::now() - begin, got);
    if (!silent) return got;
  }
}

std::size_t HttpConnection::read(MutableByteView out, StallTimeout& stall_timeout) {
  if (!has_leftover()) return receive(out, stall_timeout);
  const std::size_t size = std::min(out.size(), buffer_.size() - at_);
  std::copy_n(buffer_.begin() + static_cast<std::ptrdiff_t>(at_), size, out.begin());
  at_ += size;
  return size;
}

int HttpConnection::read_byte(StallTimeout& stall_timeout) {
  if (!has_leftover()) {
    constexpr std::size_t kBuffer = 16 * 1024;
    buffer_.resize(kBuffer);
    at_ = kBuffer;  // nothing in it, should the wait fail
    buffer_.resize(receive(buffer_, stall_timeout));
    at_ = 0;
    if (buffer_.empty()) return -1;
  }
  return buffer_[at_++];
}

std::unique_ptr<HttpConnection> make_connection(const Url& server,
                                                const std::optional<Proxy>& proxy,
                                                std::chrono::milliseconds timeout,
                                                const Context::Ptr& tls) {
  if (server.tls) return std::make_unique<TlsConnection>(server, proxy, timeout, tls);
  return std::make_unique<PlainConnection>(server, proxy, timeout);
}

Context::Ptr make_tls_context(const std::string& ca_file) {
  Context::Params params;
  params.caLocation = ca_file;
  params.loadDefaultCAs = ca_file.empty();
  params.verificationMode = Context::VERIFY_STRICT;
  params.cipherList = "HIGH:!aNULL:!eNULL:!MD5:!3DES";
  Context::Ptr context = new Context(Context::TLS_CLIENT_USE, params);
  context->requireMinimumProtocol(Context::PROTO_TLSV1_2);
  context->enableExtendedCertificateVerification(true);
  return context;
}

std::string basic_credentials(const std::string& user, const std::string& password) {
  std::ostringstream text;
  Poco::Base64Encoder encoder(text);
  encoder.rdbuf()->setLineLength(0);
  encoder << user << ':' << password;
  encoder.close();
  return "Basic " + text.str();
}

}  // namespace xppkg::http
