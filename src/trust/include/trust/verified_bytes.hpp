#pragma once

#include "base/bytes.hpp"

namespace xppkg::trust {

/// Bytes whose signature or signed hash was checked. Only trust code makes them, and the readers of
/// remote data take nothing else.
class VerifiedBytes {
 public:
  [[nodiscard]] ByteView bytes() const { return bytes_; }

 private:
  friend class TrustedSet;
  friend class OfflineProof;
  explicit VerifiedBytes(ByteView bytes) : bytes_(bytes.begin(), bytes.end()) {}
  Bytes bytes_;
};

}  // namespace xppkg::trust
