#pragma once

#include "model/segment_plan.hpp"
#include "payloads.hpp"
#include "wire/format.hpp"

namespace xppkg::test {

/// A predicted segment in pieces, each of which a test can spoil. Its data is noise.
struct RawPrediction {
  std::uint64_t output = 0;
  std::vector<delta::PairPlan> pairs;
  std::vector<delta::Operation> operations;
  std::optional<std::uint64_t> stated_pairs = std::nullopt;
  std::uint32_t noise_bits = 0;
  Bytes literals = Bytes();  ///< on the wire
  bool are_literals_modelled = true;
  bool have_literals_prefix = false;
  bool have_numbers_moved = false;
  std::vector<delta::NumberTable> tables = {};
  bool have_columns_moved = false;  ///< the tables are said

  /// On the wire. The old files say how many sections a pair has.
  [[nodiscard]] Bytes bytes(const Files& old_files,
                            std::uint16_t minor = delta::kNewestMinor) const;
};

/// A payload with such segments; the indexes of the files are 0, 1, 2 and so on.
Bytes predicted_payload(const Files& old_files, const std::vector<std::uint64_t>& new_sizes,
                        const std::vector<RawPrediction>& segments,
                        std::uint64_t memory = 64ull * 1024 * 1024,
                        std::uint16_t minor = delta::kNewestMinor);

/// A pair as little as can be said of one.
delta::PairPlan plain_pair(const Bytes& old_file, std::uint32_t old_part, std::uint32_t new_part);

}  // namespace xppkg::test
