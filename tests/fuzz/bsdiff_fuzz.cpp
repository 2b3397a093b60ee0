// Any bytes as a classic patch: an old file of some size, and documented errors only. The output
// has the size of the header.

#include "delta/bsdiff.hpp"
#include "documented.hpp"

namespace {

using namespace xppkg;

constexpr std::uint64_t kMostOutput = 1024 * 1024;

class CountingSink final : public Sink {
 public:
  void write(ByteView bytes) override { size_ += bytes.size(); }
  [[nodiscard]] std::uint64_t size() const { return size_; }

 private:
  std::uint64_t size_ = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteView bytes(data, size);
  const BufferReader patch(bytes);
  const BufferReader old_file(bytes.first(size / 2));
  delta::DecodeLimits limits;
  limits.output = kMostOutput;
  CountingSink out;
  Observer observer;
  if (fuzz::documented({Code::corrupt_payload, Code::limit_exceeded},
                       [&] { delta::apply_bsdiff(patch, old_file, out, limits, observer); })) {
    fuzz::require(out.size() == delta::read_bsdiff_header(patch, limits).output);
  }
  fuzz::require(out.size() <= kMostOutput);
  return 0;
}
