#pragma once

#include <chrono>
#include <optional>
#include <span>
#include <string>

#include "receiver.hpp"
#include "source/source.hpp"
#include "xppkg/error.hpp"

namespace xppkg::source {

/// A transfer's share of a whole, for progress: bytes that came before it, and bytes in all.
struct Share {
  std::uint64_t before = 0;
  std::uint64_t total = 0;
};

/// Brings a range of a file from the sources in turn to a receiver that may have its first bytes
/// already. Holds references: all that it is given must outlive it.
class Transfer final : private Sink {
 public:
  /// `size` is that of the whole file.
  Transfer(const std::string& path, const ByteRange& range, std::uint64_t size, const Share& share,
           Receiver& receiver, Observer& observer);

  /// Returns the source that gave the last byte; nullptr if none was needed. Sources that were
  /// given up before (Source::is_given_up) are asked last. When none is left, throws the error of
  /// the last; each earlier one is a notice "source.skipped". A source whose connection breaks
  /// after some bytes is tried again, up to three times after each whole block it gave; one that
  /// gives a wrong part is asked for the whole file once.
  Source* run(std::span<Source* const> sources);

 private:
  [[nodiscard]] bool is_complete() const { return receiver_.size() == range_.size(); }
  void write(ByteView bytes) override;
  std::optional<Error> from(Source& source);
  std::optional<Error> attempt(Source& source);
  [[nodiscard]] bool asks_for_part() const;
  void skipped(const Source& source, const Error& error);
  void report(bool always);

  const std::string& path_;
  ByteRange range_;
  std::uint64_t size_;
  Share share_;
  Receiver& receiver_;
  Observer& observer_;
  std::chrono::steady_clock::time_point reported_{};
};

}  // namespace xppkg::source
