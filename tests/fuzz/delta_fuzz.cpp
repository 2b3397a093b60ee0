#include "delta_fuzz.hpp"

#include <algorithm>
#include <cstdlib>
#include <vector>

#include "delta/parts_decoder.hpp"
#include "xppkg/error.hpp"

namespace xppkg::fuzz {
namespace {

/// A file of any size that takes no memory, and checks that nobody reads past its end.
class PatternReader final : public RandomReader {
 public:
  explicit PatternReader(std::uint64_t size) : size_(size) {}
  [[nodiscard]] std::uint64_t size() const override { return size_; }
  void read_at(std::uint64_t offset, MutableByteView out) const override {
    if (out.size() > size_ || offset > size_ - out.size()) std::abort();
    for (std::uint8_t& byte : out) byte = static_cast<std::uint8_t>(offset++ * 31);
  }

 private:
  std::uint64_t size_;
};

/// Checks that the parts come one after the other and are of their sizes.
class CheckingSink final : public delta::PartSink {
 public:
  void begin(const delta::Part& part) override {
    if (open_) std::abort();
    open_ = true;
    left_ = part.size;
  }
  void write(ByteView bytes) override {
    if (!open_ || bytes.size() > left_) std::abort();
    left_ -= bytes.size();
  }
  void end() override {
    if (!open_ || left_ != 0) std::abort();
    open_ = false;
    ++ended_;
  }
  [[nodiscard]] std::size_t ended() const { return ended_; }

 private:
  bool open_ = false;
  std::uint64_t left_ = 0;
  std::size_t ended_ = 0;
};

constexpr bool is_documented(Code code) {
  return code == Code::corrupt_payload || code == Code::unsupported_format ||
         code == Code::limit_exceeded || code == Code::mismatch_base;
}

delta::DecodeLimits small_limits() {
  delta::DecodeLimits limits;
  limits.memory = 64 * 1024 * 1024;
  limits.output = 4 * 1024 * 1024;
  limits.parts = 1000;
  return limits;
}

/// Each second part, from a header that ends where the payload says.
void decode_parts(ByteView payload) {
  ByteReader start(payload);
  if (payload.size() < 16) return;
  start.take(12);
  const ByteView header = payload.first(std::min<std::size_t>(start.u32(), payload.size()));
  try {
    const delta::PartsDecoder decoder(header, small_limits());
    delta::PartsDecoder::Choice choice(decoder.header().new_parts.size());
    for (std::size_t i = 0; i < choice.size(); i += 2) choice[i] = true;
    CheckingSink sink;
    Observer observer;
    const ByteView rest = payload.subspan(header.size());
    decoder.decode(
        choice, [&](std::size_t) { return Bytes(rest.begin(), rest.end()); }, sink, observer);
    if (sink.ended() != (choice.size() + 1) / 2) std::abort();
  } catch (const Error& error) {
    if (!is_documented(error.code())) std::abort();
  }
}

/// `old_parts` gives those that the header asks for.
template <typename OldParts>
void decode_whole(ByteView payload, const OldParts& old_parts) {
  const BufferReader reader(payload);
  try {
    delta::Decoder decoder(reader, small_limits());
    CheckingSink sink;
    Observer observer;
    decoder.decode(old_parts(decoder.header()), sink, observer);
    if (sink.ended() != decoder.header().new_parts.size()) std::abort();
  } catch (const Error& error) {
    if (!is_documented(error.code())) std::abort();
  }
}

}  // namespace

void decode_bytes(ByteView payload) {
  std::vector<PatternReader> files;
  std::vector<const RandomReader*> readers;
  decode_whole(payload, [&](const delta::Header& header) {
    for (const delta::Part& part : header.old_parts) files.emplace_back(part.size);
    for (const PatternReader& file : files) readers.push_back(&file);
    return std::span(readers);
  });
  decode_parts(payload);
}

void decode_bytes(ByteView payload, std::span<const RandomReader* const> old_parts) {
  decode_whole(payload, [&](const delta::Header&) { return old_parts; });
}

}  // namespace xppkg::fuzz
