#pragma once

#include <span>

#include "base/stream.hpp"
#include "delta/decoder.hpp"
#include "delta/payload.hpp"

namespace xppkg::delta {

/// Cuts the new stream into its parts.
class PartSplitter final : public Sink {
 public:
  /// All must outlive this.
  PartSplitter(std::span<const Part> parts, PartSink& out);

  /// Not more bytes than the parts have together.
  void write(ByteView bytes) override;
  /// Begins and ends the empty parts at the end. All other parts must be complete.
  void finish();

 private:
  void end_full_parts();

  std::span<const Part> rest_;  // the present part and those after it
  PartSink& out_;
  bool begun_ = false;
  std::uint64_t written_ = 0;  // of the present part
};

}  // namespace xppkg::delta
