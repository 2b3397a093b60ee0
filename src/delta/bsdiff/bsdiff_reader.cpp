#include <algorithm>
#include <limits>

#include "bsdiff_format.hpp"
#include "bzip2_stream.hpp"
#include "delta/bsdiff.hpp"
#include "wire/format.hpp"
#include "wire/watched_sink.hpp"

namespace xppkg::delta {
namespace {

constexpr std::size_t kPiece = 64 * 1024;

/// Carries out the steps of a patch. Numbers are checked before anything is done with them.
class BsdiffReader {
 public:
  BsdiffReader(const RandomReader& patch, const BsdiffHeader& header, const RandomReader& old_file,
               Sink& out)
      : old_(old_file),
        out_(out),
        total_(header.output),
        control_(patch, kBsdiffHeaderSize, header.control_size),
        differences_(patch, kBsdiffHeaderSize + header.control_size, header.difference_size),
        extra_(patch, patch.size() - header.extra_size, header.extra_size),
        buffer_(kPiece),
        old_bytes_(kPiece) {}

  void run() {
    while (produced_ < total_) {
      const BsdiffStep step = read_step();
      const std::uint64_t copy = checked_run(step.copy, total_ - produced_);
      const std::uint64_t literal = checked_run(step.literal, total_ - produced_ - copy);
      if (copy + literal == 0) count_idle_step();
      give_copy(copy);
      give_literal(literal);
      position_ = moved(position_, step.move);
    }
  }

 private:
  BsdiffStep read_step() {
    std::array<std::uint8_t, kBsdiffStepSize> bytes{};
    control_.read(bytes);
    ByteReader in(bytes);
    BsdiffStep step;
    step.copy = read_bsdiff_number(in);
    step.literal = read_bsdiff_number(in);
    step.move = read_bsdiff_number(in);
    return step;
  }

  [[nodiscard]] std::uint64_t checked_run(std::int64_t size, std::uint64_t most) const {
    if (size < 0 || static_cast<std::uint64_t>(size) > std::min(most, kBsdiffMaxRun)) {
      corrupt("a step beyond the output", produced_);
    }
    return static_cast<std::uint64_t>(size);
  }

  // A control stream unpacks to thousands of times its size: steps that make nothing are counted
  // against bytes that were made, so that the work is bounded by the output.
  void count_idle_step() {
    if (++idle_steps_ > produced_ + 1) corrupt("too many steps that make nothing", produced_);
  }

  [[nodiscard]] std::int64_t moved(std::int64_t position, std::int64_t by) const {
    using Limits = std::numeric_limits<std::int64_t>;
    const bool wraps = by > 0 ? position > Limits::max() - by : position < Limits::min() - by;
    if (wraps) corrupt("a position over the number's range", produced_);
    return position + by;
  }

  void give_copy(std::uint64_t size) {
    while (size > 0) {
      const auto piece = MutableByteView(buffer_).first(std::min<std::uint64_t>(size, kPiece));
      differences_.read(piece);
      add_old_bytes(piece);
      give(piece);
      position_ = moved(position_, static_cast<std::int64_t>(piece.size()));
      size -= piece.size();
    }
  }

  /// Old bytes before the first and after the last count as zero.
  void add_old_bytes(MutableByteView piece) {
    const auto length = static_cast<std::int64_t>(piece.size());
    const std::int64_t end = moved(position_, length);
    const std::int64_t first = std::max<std::int64_t>(position_, 0);
    const auto last = static_cast<std::int64_t>(
        std::min(static_cast<std::uint64_t>(std::max<std::int64_t>(end, 0)), old_.size()));
    if (first >= last) return;
    const auto old_bytes =
        MutableByteView(old_bytes_).first(static_cast<std::size_t>(last - first));
    old_.read_at(static_cast<std::uint64_t>(first), old_bytes);
    const auto target = piece.subspan(static_cast<std::size_t>(first - position_));
    for (std::size_t i = 0; i < old_bytes.size(); ++i) {
      target[i] = static_cast<std::uint8_t>(target[i] + old_bytes[i]);
    }
  }

  void give_literal(std::uint64_t size) {
    while (size > 0) {
      const auto piece = MutableByteView(buffer_).first(std::min<std::uint64_t>(size, kPiece));
      extra_.read(piece);
      give(piece);
      size -= piece.size();
    }
  }

  void give(ByteView piece) {
    out_.write(piece);
    produced_ += piece.size();
  }

  const RandomReader& old_;
  Sink& out_;
  std::uint64_t total_;
  Bzip2Reader control_;
  Bzip2Reader differences_;
  Bzip2Reader extra_;
  Bytes buffer_;
  Bytes old_bytes_;
  std::int64_t position_ = 0;  // in the old file, or outside of it
  std::uint64_t produced_ = 0;
  std::uint64_t idle_steps_ = 0;
};

std::uint64_t read_size(ByteReader& in) {
  const std::int64_t size = read_bsdiff_number(in);
  if (size < 0) corrupt("a size below zero", in.offset() - kBsdiffNumberSize);
  return static_cast<std::uint64_t>(size);
}

}  // namespace

bool is_bsdiff(const RandomReader& patch) {
  std::array<std::uint8_t, kBsdiffMagic.size()> magic{};
  if (patch.size() < magic.size()) return false;
  patch.read_at(0, magic);
  return magic == kBsdiffMagic;
}

BsdiffHeader read_bsdiff_header(const RandomReader& patch, const DecodeLimits& limits) {
  if (!is_bsdiff(patch)) corrupt("not a BSDIFF40 patch", 0);
  if (patch.size() < kBsdiffHeaderSize) corrupt("a header that ends too early", patch.size());
  std::array<std::uint8_t, kBsdiffHeaderSize> bytes{};
  patch.read_at(0, bytes);
  ByteReader in(bytes);
  in.take(kBsdiffMagic.size());
  BsdiffHeader header;
  header.control_size = read_size(in);
  header.difference_size = read_size(in);
  header.output = read_size(in);
  std::uint64_t left = patch.size() - kBsdiffHeaderSize;
  for (const std::uint64_t size : {header.control_size, header.difference_size}) {
    if (size > left) corrupt("a stream that goes beyond the patch", 0);
    left -= size;
  }
  header.extra_size = left;
  if (header.output > limits.output) {
    throw Error(Code::limit_exceeded, {{"output", std::to_string(header.output)},
                                       {"limit", std::to_string(limits.output)}});
  }
  return header;
}

void apply_bsdiff(const RandomReader& patch, const RandomReader& old_file, Sink& out,
                  const DecodeLimits& limits, Observer& observer) {
  const BsdiffHeader header = read_bsdiff_header(patch, limits);
  WatchedSink watched(out, header.output, observer);
  BsdiffReader(patch, header, old_file, watched).run();
}

}  // namespace xppkg::delta
