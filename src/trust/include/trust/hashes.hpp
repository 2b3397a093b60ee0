#pragma once

#include <optional>
#include <string>

#include "base/digest.hpp"
#include "base/json.hpp"

namespace xppkg::trust {

/// The hashes of a file's contents in metadata. Hashes of unknown kinds count for nothing.
struct Hashes {
  Hashes() = default;
  Hashes(const Sha256& digest) : sha256(digest) {}  // NOLINT: what our own repositories have

  std::optional<Sha256> sha256;
  std::optional<Sha512> sha512;

  [[nodiscard]] bool empty() const { return !sha256 && !sha512; }
  /// True if the bytes have every hash that is there, and there is one.
  [[nodiscard]] bool match(ByteView bytes) const;
  /// The one that stands before a file's name in consistent snapshots; "" for none.
  [[nodiscard]] std::string name_prefix() const;
};

/// Reads the member "hashes". Throws Error{trust_malformed} if it has none of a known kind.
Hashes read_hashes(const Fields& fields);
Json write_hashes(const Hashes& hashes);

}  // namespace xppkg::trust
