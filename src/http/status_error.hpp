#pragma once

#include <cstdint>
#include <optional>

#include "response_header.hpp"
#include "xppkg/error.hpp"

namespace xppkg::http {

/// Error{transport_status}: a response that has no file in it.
class StatusError final : public Error {
 public:
  explicit StatusError(const ResponseHeader& header);

  /// True for the statuses of a server that is busy, restarted, or cut off from its backend.
  [[nodiscard]] bool may_pass() const { return may_pass_; }
  /// Seconds that the server asks us to wait.
  [[nodiscard]] const std::optional<std::uint64_t>& wait() const { return wait_; }

 private:
  bool may_pass_;
  std::optional<std::uint64_t> wait_;
};

/// True for a status as StatusError::may_pass describes it.
bool may_pass(int status);

/// The value of the field Retry-After in seconds: a number, or a date, which is compared with the
/// server's own clock where it tells it. Nothing if there is none, or it is neither.
std::optional<std::uint64_t> retry_after(const ResponseHeader& header);

}  // namespace xppkg::http
