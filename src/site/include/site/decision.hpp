#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/digest.hpp"
#include "trust/time.hpp"
#include "xppkg/outcomes.hpp"

namespace xppkg::site {

/// Counters of decisions end here: every number up to it is exact in any JSON. Whatever is above is
/// never written, and nonsense where it is read.
inline constexpr std::uint64_t kMaxCounter = std::uint64_t{1} << 52U;

/// Counters lead up in steps of at most this: a row that is further above the one below it, and all
/// that follow it, are nobody's. So no few rows can use the counters up.
inline constexpr std::uint64_t kMaxStep = 100'000;

/// Longest texts, in bytes of UTF-8. Longer texts are cut before they are written, and refused
/// where they are read.
inline constexpr std::size_t kMaxName = 120;   ///< package, version, platform, user, workstation
inline constexpr std::size_t kMaxNote = 2000;  ///< why, as people wrote it
inline constexpr std::size_t kMaxSignature = 200;

/// A text as a database takes it: at most `limit` bytes, cut between two characters, with a space
/// for each control character and each that turns the direction of writing, and "?" for bytes that
/// are not UTF-8. A decision's signature covers such texts.
std::string storable(std::string_view text, std::size_t limit);

/// A release for all: version, releaser and time.
struct Decision {
  std::uint64_t counter = 0;  ///< grows by one with each decision of a package, to kMaxCounter
  std::string package;
  std::string version;
  Blake2b tree;  ///< of the released contents, on the releaser's platform
  trust::Time at = 0;
  std::string who;  ///< the user's name
  std::string workstation;
  std::string previous;  ///< the version released before; may be empty
  Policy policy = Policy::required;
  std::string note = {};  ///< why; may be empty
  bool held = false;      ///< nobody follows until a later decision is not held
  /// A signature by a key of the site: "KEYID:SIGNATURE" in hex; empty: unsigned. Nothing here
  /// checks it.
  std::string signature = {};
};

}  // namespace xppkg::site
