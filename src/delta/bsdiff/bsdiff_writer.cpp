#include <algorithm>

#include "bsdiff_format.hpp"
#include "bzip2_stream.hpp"
#include "delta/bsdiff.hpp"
#include "match/matcher.hpp"
#include "match/suffix_index.hpp"
#include "xppkg/error.hpp"

namespace xppkg::delta {
namespace {

/// The three streams of a patch, filled from the operations that make the new file.
class BsdiffWriter {
 public:
  BsdiffWriter(ByteView old_bytes, ByteView new_bytes) : old_(old_bytes), new_(new_bytes) {}

  /// An operation is a literal and then a copy; a step of bsdiff is a copy and then a literal, so
  /// a copy waits for the literal after it.
  void add(const Operation& operation) {
    const std::uint64_t literal = operation.literal;
    const auto target = static_cast<std::int64_t>(operation.position);
    const auto end = static_cast<std::int64_t>(position_ + copy_);
    write_step(literal, operation.copy == 0 ? 0 : target - end);
    position_ = operation.position;
    copy_ = operation.copy;
  }

  void write(Sink& out) {
    write_step(0, 0);
    const Bytes control = control_.finish();
    const Bytes differences = differences_.finish();
    ByteWriter header;
    header.raw(kBsdiffMagic);
    for (const std::size_t size : {control.size(), differences.size(), new_.size()}) {
      write_bsdiff_number(header, static_cast<std::int64_t>(size));
    }
    out.write(header.bytes());
    out.write(control);
    out.write(differences);
    out.write(extra_.finish());
  }

 private:
  /// The copy that waits, then so many literal bytes, in runs that a reader takes. No copy is
  /// longer than an old image that can be sorted.
  void write_step(std::uint64_t literal, std::int64_t move) {
    static_assert(SuffixIndex::kMaxImage <= kBsdiffMaxRun);
    while (literal > kBsdiffMaxRun) {
      write_runs(copy_, kBsdiffMaxRun, 0);
      literal -= kBsdiffMaxRun;
    }
    write_runs(copy_, literal, move);
  }

  void write_runs(std::uint64_t copy, std::uint64_t literal, std::int64_t move) {
    if (copy == 0 && literal == 0 && move == 0) return;
    ByteWriter step;
    write_bsdiff_number(step, static_cast<std::int64_t>(copy));
    write_bsdiff_number(step, static_cast<std::int64_t>(literal));
    write_bsdiff_number(step, move);
    control_.write(step.bytes());
    write_differences(static_cast<std::size_t>(copy));
    extra_.write(new_.subspan(produced_, static_cast<std::size_t>(literal)));
    produced_ += static_cast<std::size_t>(literal);
  }

  void write_differences(std::size_t size) {
    constexpr std::size_t kPiece = 64 * 1024;
    copy_ -= size;
    while (size > 0) {
      buffer_.resize(std::min(size, kPiece));
      for (std::size_t i = 0; i < buffer_.size(); ++i) {
        buffer_[i] = static_cast<std::uint8_t>(new_[produced_ + i] - old_[position_ + i]);
      }
      differences_.write(buffer_);
      produced_ += buffer_.size();
      position_ += buffer_.size();
      size -= buffer_.size();
    }
  }

  ByteView old_;
  ByteView new_;
  Bzip2Writer control_;
  Bzip2Writer differences_;
  Bzip2Writer extra_;
  Bytes buffer_;
  std::size_t produced_ = 0;    // so many new bytes are described
  std::uint64_t position_ = 0;  // where the copy that waits begins in the old file
  std::uint64_t copy_ = 0;      // and its size
};

Bytes read_first(const RandomReader& reader, std::uint64_t most) {
  Bytes bytes(static_cast<std::size_t>(std::min(reader.size(), most)));
  reader.read_at(0, bytes);
  return bytes;
}

}  // namespace

void encode_bsdiff(const RandomReader& old_file, const RandomReader& new_file, Sink& out,
                   Observer& observer) {
  const Bytes old_bytes = read_first(old_file, SuffixIndex::kMaxImage);
  const Bytes new_bytes = read_first(new_file, new_file.size());
  std::uint64_t done = 0;
  const auto advanced = [&](std::size_t size) {
    if (observer.cancelled()) throw Error(Code::cancelled);
    done += size;
    observer.progress({Stage::diff, {}, done, new_bytes.size()});
  };
  advanced(0);  // The next occasion is after the sorting.
  const SuffixIndex index(old_bytes);
  BsdiffWriter writer(old_bytes, new_bytes);
  for (const Operation& operation : find_operations(index, new_bytes, {}, advanced)) {
    if (observer.cancelled()) throw Error(Code::cancelled);
    writer.add(operation);
  }
  writer.write(out);
}

}  // namespace xppkg::delta
